import type { DeviceReport } from "@sightline/contracts/device-report";
import { noError } from "@sightline/contracts/stream-report";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DeviceReporter, type DeviceUpdate } from "./reporter.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A box that reports; `sent` are the manifests, with the time since the start in ms. */
function reporting() {
  const startMs = performance.now();
  const held: Record<string, number> = {};
  const seen = { restarts: 0, isRefused: false };
  const sent: (readonly [number, DeviceUpdate["manifest"]])[] = [];
  const build = (): DeviceReport => ({
    v: 1,
    manifest: { ...held },
    bootId: "boot-1",
    versions: { agent: "1", pipeline: "1", backend: "software" },
    pipeline: { state: "running", restarts: seen.restarts, release: "" },
    wish: { revision: 0, error: noError, settings: {} },
    controls: {},
    unmanaged: [],
    atMs: 1,
  });
  const reporter = new DeviceReporter({
    build,
    holds: (stream) => Object.hasOwn(held, stream),
    send: async (make) => {
      sent.push([performance.now() - startMs, make().manifest]);
      await Promise.resolve();
      if (seen.isRefused) throw new Error("refused");
    },
    online: () => true,
  });
  const change = async (what: () => void, thenMs = 0): Promise<void> => {
    what();
    reporter.look();
    await vi.advanceTimersByTimeAsync(thenMs);
  };
  return { held, seen, sent, change };
}

test("says at once what is new, and then twice a second at most", async () => {
  const { seen, sent, change } = reporting();
  for (let at = 0; at < 10; at += 1) await change(() => (seen.restarts += 1), 100);
  expect(sent.map(([atMs]) => atMs)).toEqual([0, 500, 1_000]);
});

test("tells that a stream has come half a second later, with whatever else is new", async () => {
  const { held, seen, sent, change } = reporting();
  await change(() => undefined, 1_000);
  await change(() => (held["str_1"] = 1), 499);
  expect(sent).toEqual([[0, {}]]);
  await change(() => undefined, 1);
  expect(sent.at(-1)).toEqual([1_500, { str_1: 1 }]);
  await change(() => (held["str_2"] = 1), 500);
  await change(() => (seen.restarts += 1), 0);
  expect(sent.at(-1)).toEqual([2_000, { str_1: 1, str_2: 1 }]);
});

test("tells at once that a stream has gone, also one that it has not told of", async () => {
  const { held, sent, change } = reporting();
  await change(() => undefined, 1_000);
  await change(() => (held["str_1"] = 1), 200);
  await change(() => delete held["str_1"], 0);
  expect(sent).toEqual([
    [0, {}],
    [1_200, { str_1: null }],
  ]);
  await change(() => undefined, 5_000);
  expect(sent).toHaveLength(2);
});

test("tries again after 2 s when the report was not taken, whatever is new meanwhile", async () => {
  const { held, seen, sent, change } = reporting();
  seen.isRefused = true;
  await change(() => (held["str_1"] = 1), 100);
  seen.isRefused = false;
  await change(() => delete held["str_1"], 1_800);
  expect(sent).toHaveLength(1);
  await change(() => undefined, 200);
  expect(sent.at(-1)).toEqual([2_000, { str_1: null }]);
});
