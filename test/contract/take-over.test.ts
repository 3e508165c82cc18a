/**
 * Issue "bad days": presence out of order, twice, and a client-id take-over. Two boxes with one identity (a cloned disk) push each
 * other out for ever: the device stays one, online while either is there, and does what it is asked once.
 */
import { limits } from "@sightline/contracts/limits";
import { takeMessage } from "@sightline/core/intake/device-message";
import { sweep } from "@sightline/core/sweep/sweep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const presenceOf = async (box: Box) =>
  (await cloud.deps.store.devices.get(cloud.organization, box.device))?.presence;
const isOnline = async (box: Box): Promise<boolean> =>
  (await cloud.call(`/v1/devices/${box.device}`)).body.online;

/** Time passes, and the sweep says who is gone. */
async function isOnlineLater(box: Box): Promise<boolean> {
  cloud.letPass(limits.offlineAfterMs + 1);
  expect((await sweep(cloud.deps)).failures).toEqual([]);
  return isOnline(box);
}

async function forceIdr(box: Box): Promise<string> {
  const source = { url: "rtsp://camera/1" };
  const body = { name: freshName("s"), device: box.device, source };
  const { id: stream } = (await cloud.call("/v1/streams", { body })).body;
  const command = { kind: "stream.force-idr", args: { stream } };
  return (await cloud.call(`/v1/devices/${box.device}/commands`, { body: command })).body.id;
}

const commandOf = async (box: Box, id: string) =>
  (await cloud.call(`/v1/devices/${box.device}/commands/${id}`)).body;

const copiesOf = (box: Box, id: string) =>
  box.received.filter(({ payload }) => payload["id"] === id);

describe("two boxes with one certificate and client id", () => {
  test("push each other out: the device is online throughout, and offline once both are gone", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const twin = box.clone();
    const rounds = [twin, box, twin, box, twin];
    for (const [round, each] of rounds.entries()) {
      await each.connect();
      await each.sayHello();
      await waitFor(
        "the cloud has heard of it",
        async () => {
          const presence = await presenceOf(box);
          return (presence?.version ?? 0) >= round + 2 && presence?.offlineDueAtMs === undefined;
        },
        { timeoutMs: 5_000, pollMs: 10 },
      );
      expect(await isOnlineLater(box)).toBe(true);
    }
    expect((await presenceOf(box))?.version).toBe(rounds.length + 1);
    await Promise.all([box.disconnect(), twin.disconnect()]);
    await waitFor("the last one's end", async () => (await presenceOf(box))?.offlineDueAtMs, {
      timeoutMs: 5_000,
    });
    expect(await isOnline(box)).toBe(true);
    expect(await isOnlineLater(box)).toBe(false);
    // Nothing was revoked or removed: one of them alone is a device like any other.
    await twin.comeOnline();
    const id = await forceIdr(twin);
    expect((await twin.nextCommand()).id).toBe(id);
  });

  test("carry out a command once: the one that comes does not get what the other has taken", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const id = await forceIdr(box);
    expect((await box.nextCommand()).id).toBe(id);
    await box.ack(id, "acknowledged");
    await waitFor("it is taken", async () => (await commandOf(box, id)).state === "acknowledged", {
      timeoutMs: 5_000,
    });
    const twin = box.clone();
    await twin.connect();
    const next = await forceIdr(box);
    expect((await twin.nextCommand()).id).toBe(next);
    await twin.sayHello();
    await waitFor("what the hello brings", () => copiesOf(twin, next).length === 2, {
      timeoutMs: 5_000,
    });
    await twin.ack(next, "succeeded", { result: { idrFrames: 1 } });
    expect(copiesOf(twin, id)).toEqual([]);
    const copies = copiesOf(box, id).length;
    // It has no connection to tell the end by, until it pushes the other out again.
    await box.connect();
    await box.sayHello();
    await box.ack(id, "succeeded", { result: { idrFrames: 2 } });
    await waitFor("its end", async () => (await commandOf(box, id)).state === "succeeded", {
      timeoutMs: 5_000,
    });
    expect([copiesOf(box, id).length, copiesOf(box, next).length]).toEqual([copies, 0]);
    expect(await commandOf(box, next)).toMatchObject({ state: "succeeded" });
  });
});

describe("the events of take-overs", () => {
  /** As AWS makes them: each connection ends because the next one begins. */
  function eventsOf(box: Box, connections: number) {
    const startMs = cloud.deps.clock.nowMs() + 1;
    return Array.from({ length: connections }, (_, at) => {
      const common = { clientId: box.thing, versionNumber: at + 1 };
      const topic = (eventType: string) => `$aws/events/presence/${eventType}/${box.thing}`;
      const event = (eventType: string, receivedAtMs: number) => ({
        ...common,
        topic: topic(eventType),
        eventType,
        receivedAtMs,
      });
      return {
        connected: event("connected", startMs + 10 * at),
        disconnected: event("disconnected", startMs + 10 * at + 11),
      };
    });
  }
  const take = async (...events: readonly { readonly topic: string }[]) => {
    for (const event of events)
      expect(await takeMessage(cloud.deps, event)).toEqual({ kind: "taken" });
  };

  test.each([
    ["in order", (all: readonly object[]) => all],
    ["the last one first", (all: readonly object[]) => all.toReversed()],
    ["each of them twice, in order", (all: readonly object[]) => all.flatMap((one) => [one, one])],
    ["all of them again", (all: readonly object[]) => [...all, ...all]],
    [
      "all of them again, the last one first",
      (all: readonly object[]) => [...all, ...all.toReversed()],
    ],
  ])("%s: online while the last connection stands, then offline", async (_, order) => {
    const box = await cloud.addBox();
    const connections = eventsOf(box, 4);
    const last = connections.at(-1);
    const all = connections.flatMap(({ connected, disconnected }) => [connected, disconnected]);
    const arrived = order(all.slice(0, -1)) as typeof all;
    await take(...arrived);
    expect(await isOnlineLater(box)).toBe(true);
    expect((await presenceOf(box))?.version).toBe(4);
    await take(last!.disconnected, ...arrived);
    expect(await isOnlineLater(box)).toBe(false);
    // What comes now is of connections that are known to be over.
    await take(...arrived);
    expect(await isOnline(box)).toBe(false);
  });
});
