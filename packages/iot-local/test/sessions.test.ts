/** Sessions over a real store, with a clock of the test's own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Sessions } from "../src/sessions.ts";
import { Store } from "../src/store.ts";

let folder: string;
let store: Store;
let now = 0;
const open = (): Promise<Sessions> =>
  Sessions.open({ store, log: () => undefined, nowMs: () => now });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "iot-local-sessions-"));
  store = await Store.open(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function queue(sessions: Sessions, topic: string, sequence: number): Promise<void> {
  const payload = Buffer.from(String(sequence));
  const queued = sessions.plan({ topic, payload, qos: 1, retain: false, sequence });
  await store.commit(queued.map(({ write }) => write));
  for (const { apply } of queued) apply();
}

const waiting = (sessions: Sessions, clientId: string): string[] =>
  sessions.pending(clientId).map(({ payload }) => payload.toString());

test("queues once for overlapping filters, and not at all for QoS 0", async () => {
  const sessions = await open();
  await sessions.subscribe("one", [
    { topic: "a/+", qos: 1 },
    { topic: "a/#", qos: 1 },
  ]);
  await sessions.subscribe("two", [{ topic: "a/+", qos: 0 }]);
  await queue(sessions, "a/b", 1);
  expect([waiting(sessions, "one"), waiting(sessions, "two")]).toEqual([["1"], []]);
  const again = await open();
  await queue(again, "a/b", 2);
  expect([waiting(again, "one"), waiting(again, "two")]).toEqual([["1", "2"], []]);
});

test("forgets what was acknowledged, and sends the rest again as duplicates", async () => {
  const sessions = await open();
  await sessions.subscribe("one", [{ topic: "a", qos: 1 }]);
  for (const sequence of [1, 2, 3]) await queue(sessions, "a", sequence);
  sessions.sending("one", { messageId: 501, sequence: 1 });
  sessions.sending("one", { messageId: 502, sequence: 2 });
  sessions.acknowledged("one", 501);
  sessions.acknowledged("one", 999);
  sessions.disconnected("one");
  sessions.connected("one");
  expect(sessions.pending("one").map(({ dup, payload }) => [payload.toString(), dup])).toEqual([
    ["2", true],
    ["3", false],
  ]);
});

test("drops a session that is offline for more than an hour, with its messages", async () => {
  const sessions = await open();
  await sessions.subscribe("gone", [{ topic: "a", qos: 1 }]);
  await sessions.subscribe("here", [{ topic: "a", qos: 1 }]);
  await queue(sessions, "a", 1);
  sessions.disconnected("gone");
  now += 3_600_000;
  sessions.sweep();
  expect(sessions.filtersOf("gone")).toHaveLength(1);
  now += 1;
  sessions.sweep();
  expect([sessions.filtersOf("gone"), waiting(sessions, "gone")]).toEqual([[], []]);
  expect(waiting(sessions, "here")).toEqual(["1"]);
  await store.commit([]);
  const again = await open();
  expect([waiting(again, "gone"), waiting(again, "here")]).toEqual([[], ["1"]]);
});

test("has nothing for a client that comes back after that, before any sweep", async () => {
  const sessions = await open();
  await sessions.subscribe("late", [{ topic: "a", qos: 1 }]);
  await queue(sessions, "a", 1);
  sessions.disconnected("late");
  now += 3_600_000;
  sessions.dropIfExpired("late");
  expect(waiting(sessions, "late")).toEqual(["1"]);
  now += 1;
  sessions.dropIfExpired("late");
  expect([sessions.filtersOf("late"), waiting(sessions, "late")]).toEqual([[], []]);
});

test("keeps the newest messages when the queue is full", async () => {
  const sessions = await open();
  await sessions.subscribe("one", [{ topic: "a", qos: 1 }]);
  const payload = Buffer.from("x");
  for (let sequence = 1; sequence <= 10_001; sequence++)
    for (const { apply } of sessions.plan({ topic: "a", payload, qos: 1, retain: false, sequence }))
      apply();
  const packets = sessions.pending("one");
  expect([packets.length, packets[0]?.brokerCounter]).toEqual([10_000, 2]);
});
