import { limits } from "@sightline/contracts/limits";
import { describe, expect, test } from "vitest";
import type { DevicePresence } from "../device/device.ts";
import { isOnline, neverSeen, nextPresence, type PresenceEvent } from "./presence.ts";

const startMs = 1_000_000;
const connected = (version: number, atMs: number): PresenceEvent => ({
  kind: "connected",
  version,
  atMs: startMs + atMs,
});
const disconnected = (version: number, atMs: number): PresenceEvent => ({
  kind: "disconnected",
  version,
  atMs: startMs + atMs,
});
const heard = (atMs: number): PresenceEvent => ({ kind: "heard", atMs: startMs + atMs });
const due = (atMs: number): PresenceEvent => ({ kind: "due", atMs: startMs + atMs });

const after = (
  events: readonly PresenceEvent[],
  from: DevicePresence = neverSeen(startMs),
): DevicePresence => events.reduce(nextPresence, from);

/** Long after everything else has happened. */
const muchLater = due(10 * limits.offlineAfterMs);

function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) return yield items;
  for (const [at, item] of items.entries())
    for (const rest of orders(items.toSpliced(at, 1))) yield [item, ...rest];
}

const show = (events: readonly PresenceEvent[]): string =>
  events
    .map(
      (event) => `${event.kind}${"version" in event ? event.version : ""}@${event.atMs - startMs}`,
    )
    .join(" ");

describe("in every order, events of two connections", () => {
  const first = [connected(1, 100), heard(150), disconnected(1, 200)];
  const second = [connected(2, 300), heard(350)];

  test.each<[string, readonly PresenceEvent[], boolean]>([
    ["of which the second stands end online", [...first, ...second], true],
    ["that both ended end offline", [...first, ...second, disconnected(2, 400)], false],
    [
      "that both ended, without what was heard",
      [first[0]!, first[2]!, second[0]!, disconnected(2, 400)],
      false,
    ],
    [
      "whose connects got lost end offline",
      [first[1]!, first[2]!, second[1]!, disconnected(2, 400)],
      false,
    ],
    ["of which only the heartbeats got through end online", [heard(150), heard(350)], true],
  ])("%s", (_, events, online) => {
    for (const order of orders(events)) {
      const end = nextPresence(after(order), muchLater);
      expect([show(order), end.online]).toEqual([show(order), online]);
    }
  });

  test("end the same when each of them comes a second time, at any later place", () => {
    const events = [connected(1, 100), disconnected(1, 200), connected(2, 300), heard(350)];
    for (const order of orders(events))
      for (const [at, event] of order.entries())
        for (let again = at + 1; again <= order.length; again += 1) {
          const twice = order.toSpliced(again, 0, event);
          expect([show(twice), nextPresence(after(twice), muchLater).online]).toEqual([
            show(twice),
            true,
          ]);
        }
  });

  test("end the same when a sweep comes in between, however late the events are", () => {
    const ended = [
      connected(1, 100),
      disconnected(1, 200),
      connected(2, 300),
      disconnected(2, 400),
    ];
    for (const [events, online] of [
      [ended, false],
      [ended.slice(0, 3), true],
    ] as const)
      for (const order of orders(events))
        for (let at = 0; at <= order.length; at += 1) {
          const swept = order.toSpliced(at, 0, due(limits.offlineAfterMs + 5_000));
          expect([show(swept), nextPresence(after(swept), muchLater).online]).toEqual([
            show(swept),
            online,
          ]);
        }
  });
});

describe("a disconnect", () => {
  const there = after([connected(3, 100)]);

  test("makes offline only when its time is over", () => {
    const going = nextPresence(there, disconnected(3, 200));
    const dueAtMs = startMs + 200 + limits.offlineAfterMs;
    expect(going).toMatchObject({ online: true, offlineDueAtMs: dueAtMs });
    expect(isOnline(going, dueAtMs - 1)).toBe(true);
    // Before the sweep has said so.
    expect(isOnline(going, dueAtMs)).toBe(false);
    expect(nextPresence(going, due(199 + limits.offlineAfterMs))).toBe(going);
    const gone = nextPresence(going, due(200 + limits.offlineAfterMs));
    expect(gone.online).toBe(false);
    expect(gone).not.toHaveProperty("offlineDueAtMs");
  });

  test("of an earlier connection changes nothing", () => {
    expect(nextPresence(there, disconnected(2, 200))).toBe(there);
  });

  test("is taken back by whatever was sent after it, and not by what was sent before", () => {
    const going = nextPresence(there, disconnected(3, 200));
    expect(nextPresence(going, heard(200))).toBe(going);
    expect(nextPresence(going, heard(201))).not.toHaveProperty("offlineDueAtMs");
    expect(nextPresence(going, connected(4, 150))).not.toHaveProperty("offlineDueAtMs");
  });

  test("that comes before its connect leaves the device offline", () => {
    const end = after([disconnected(1, 200), connected(1, 100), heard(150)]);
    expect(end.online).toBe(false);
  });
});

test("in every order, a connection whose connect got lost is online from its second heartbeat on", () => {
  for (const order of orders([connected(1, 100), heard(150), disconnected(1, 200), heard(500)]))
    expect([show(order), after([...order, heard(60_500), muchLater]).online]).toEqual([
      show(order),
      true,
    ]);
});

test("a heartbeat of a device that is online costs no write", () => {
  const there = after([connected(1, 100)]);
  expect(nextPresence(there, heard(60_000))).toBe(there);
});

test("online since: the first sign of life, whatever follows", () => {
  const there = after([heard(50), connected(1, 100), connected(2, 200)]);
  expect(there).toMatchObject({ online: true, sinceAtMs: startMs + 50, version: 2 });
});

/** AWS counts from 0 again when a client was away for about an hour. [AWS IoT Core developer guide, "Lifecycle events"] */
describe("when the gateway counts connections from 0", () => {
  const hourMs = 3_600_000;
  const gone = after([connected(7, 100), disconnected(7, 200), due(40_000)]);

  test("the first connection ever is one", () => {
    expect(after([connected(0, 100)])).toMatchObject({ online: true, version: 0 });
    expect(after([connected(0, 100), disconnected(0, 200), muchLater]).online).toBe(false);
  });

  test("in every order, a connection after an hour away counts", () => {
    const back = [connected(0, 2 * hourMs), heard(2 * hourMs + 50)];
    for (const order of orders(back))
      expect([show(order), after(order, gone).online]).toEqual([show(order), true]);
    const ended = [...back, disconnected(0, 2 * hourMs + 100)];
    for (const order of orders(ended))
      expect([show(order), after([...order, due(3 * hourMs)], gone).online]).toEqual([
        show(order),
        false,
      ]);
  });

  test("what is left of the time before counts no more", () => {
    const back = after([connected(0, 2 * hourMs)], gone);
    // Its version is higher, but it was long ago.
    expect(after([disconnected(7, 200), due(3 * hourMs)], back).online).toBe(true);
    expect(after([connected(6, 50), disconnected(6, 60)], gone).online).toBe(false);
  });
});
