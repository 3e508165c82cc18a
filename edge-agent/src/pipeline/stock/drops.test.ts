import { expect, test } from "vitest";
import { Drops } from "./drops.ts";

const camera = { localName: "door", url: "rtsp://192.0.2.7/1" };

/** Times of additions in seconds, when somebody tries every second and the camera never stays. */
function attempts(forS: number): number[] {
  let nowMs = 0;
  const drops = new Drops(() => nowMs);
  const times: number[] = [];
  for (; nowMs < forS * 1_000; nowMs += 1_000) {
    try {
      drops.assertDue(camera);
    } catch {
      continue;
    }
    drops.added(camera);
    times.push(nowMs / 1_000);
  }
  return times;
}

test("a camera that is dropped again and again is added after longer and longer waits", () => {
  expect(attempts(200)).toEqual([0, 1, 5, 13, 29, 61, 121, 181]);
});

test("one that lasted, has another URL or was removed on purpose is added at once", () => {
  let nowMs = 0;
  const drops = new Drops(() => nowMs);
  const isDue = (url = camera.url): boolean => {
    try {
      drops.assertDue({ ...camera, url });
      return true;
    } catch {
      return false;
    }
  };
  drops.added(camera);
  drops.added(camera);
  expect([isDue(), isDue("rtsp://192.0.2.7/2")]).toEqual([false, true]);
  drops.removed(camera.localName);
  expect(isDue()).toBe(true);
  drops.added(camera);
  nowMs = 100_000;
  drops.added(camera);
  expect(isDue()).toBe(true);
});
