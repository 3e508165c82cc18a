/**
 * Issue "bad days": duplicate, late, reordered and expired commands, as the control plane sees them. The first end that a box tells
 * stands, whatever comes after it, before it, twice or at once; what the box took is not handed out again.
 */
import { topics } from "@sightline/contracts/topics";
import { expireCommand } from "@sightline/core/command/command-operations";
import { takeMessage } from "@sightline/core/intake/device-message";
import type { DeviceDeps } from "@sightline/core/ports/deps";
import { sweep } from "@sightline/core/sweep/sweep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName, installation } from "../support/names.ts";
import { ordersOf } from "../support/orders.ts";
import { expectProblem } from "../support/problem.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
let box: Box;
let stream: string;
beforeAll(async () => {
  cloud = await startCloud();
  box = await (await cloud.addBox()).comeOnline();
  const body = { name: freshName("s"), device: box.device, source: { url: "rtsp://camera/1" } };
  stream = (await cloud.call("/v1/streams", { body })).body.id;
});
afterAll(() => cloud.close());

const give = async (some: object = {}): Promise<string> => {
  const body = { kind: "stream.force-idr", args: { stream }, ...some };
  return (await cloud.call(`/v1/devices/${box.device}/commands`, { body })).body.id;
};
const routeOf = (id: string) => `/v1/devices/${box.device}/commands/${id}`;
const seen = async (id: string) => (await cloud.call(routeOf(id))).body;

const words = {
  acknowledged: { state: "acknowledged" },
  succeeded: { state: "succeeded", result: { idrFrames: 1 } },
  failed: { state: "failed", code: "command.outcome-unknown", text: "it ended meanwhile" },
} as const;
type Word = keyof typeof words;

/** One word of the box, as the rule hands it on. */
const take = (id: string, word: Word, deps: DeviceDeps = cloud.deps) =>
  takeMessage(deps, {
    topic: topics.build({ family: "ack", ...installation, thing: box.thing, leaf: id }),
    ...{ v: 1, id, atMs: 1 },
    ...words[word],
  });

const endOf = {
  acknowledged: { state: "acknowledged" },
  succeeded: { state: "succeeded", result: { idrFrames: 1 } },
  failed: {
    state: "failed",
    error: { code: "command.outcome-unknown", text: "it ended meanwhile" },
  },
} as const;

describe("what a box says of a command", () => {
  const said: readonly Word[] = ["acknowledged", "succeeded", "failed", "acknowledged"];

  test("in any order: the first end stands, with its result", async () => {
    for (const order of ordersOf(said)) {
      const id = await give();
      for (const word of order) expect(await take(id, word)).toEqual({ kind: "taken" });
      const first = order.find((word) => word !== "acknowledged") ?? "acknowledged";
      const { result, error, lateResult, ...command } = await seen(id);
      expect({
        order,
        state: command.state,
        ...(result && { result }),
        ...(error && { error }),
      }).toEqual({ order, ...endOf[first] });
      expect(lateResult ?? null).toBeNull();
    }
  });

  test("at once and twice: one of the ends stands, and no other part of another", async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await give();
      await Promise.all([...said, ...said].map((word) => take(id, word)));
      const { state, result, error } = await seen(id);
      expect([endOf.succeeded, endOf.failed]).toContainEqual({
        state,
        ...(result && { result }),
        ...(error && { error }),
      });
    }
  });

  test("twice over MQTT, to a command that it got twice", async () => {
    const id = await give();
    // Before the box has taken it: it goes out again.
    await box.sayHello();
    const copies = () => box.received.filter(({ payload }) => payload["id"] === id);
    await waitFor("the second copy", () => copies().length >= 2, { timeoutMs: 5_000 });
    const [first, second] = copies().map(({ payload: { ttlMs: _, ...message } }) => message);
    expect(second).toEqual(first);
    for (const _ of copies()) {
      await box.ack(id, "acknowledged");
      await box.ack(id, "succeeded", { result: { idrFrames: 1 } });
    }
    const last = await give();
    await box.ack(last, "succeeded", { result: { idrFrames: 2 } });
    await waitFor("the last word", async () => (await seen(last)).state === "succeeded", {
      timeoutMs: 5_000,
    });
    expect(await seen(id)).toMatchObject(endOf.succeeded);
  });
});

describe("a command that the box has taken", () => {
  test("is not handed out again with a hello: the box tells its end by itself", async () => {
    const [takenId, openId] = [await give(), await give()];
    await take(takenId, "acknowledged");
    box.received.length = 0;
    await box.sayHello();
    await waitFor("the open one again", () => idsOf(box).includes(openId), { timeoutMs: 5_000 });
    expect(idsOf(box)).not.toContain(takenId);
    await take(takenId, "succeeded");
    expect(await seen(takenId)).toMatchObject(endOf.succeeded);
  });

  test("cannot be cancelled, also when its word overtakes the request", async () => {
    const id = await give();
    await take(id, "acknowledged");
    expectProblem(await cloud.call(routeOf(id), { method: "DELETE" }), "command.finished");
    await take(id, "succeeded");
    expect(await seen(id)).toMatchObject(endOf.succeeded);
  });
});

const idsOf = (of: Box) => of.received.map(({ payload }) => payload["id"]);

describe("a word that comes after the time of its command", () => {
  test.each<readonly Word[]>([
    ["acknowledged", "succeeded"],
    ["succeeded", "acknowledged"],
    ["succeeded", "succeeded"],
  ])("%s, %s: is kept beside the end", async (...late) => {
    const id = await give({ ttlMs: 1_000 });
    cloud.letPass(1_001);
    expect((await sweep(cloud.deps)).failures).toEqual([]);
    for (const word of late) await take(id, word);
    expect(await seen(id)).toMatchObject({
      state: "expired",
      error: { code: "command.expired" },
      lateResult: endOf.succeeded,
    });
  });

  /** The word was read against a command that ended before it could be written. */
  test.each(["expired", "cancelled"] as const)(
    "is kept although the command is %s while it is taken in",
    async (end) => {
      const id = await give();
      const { store } = cloud.deps;
      const get: typeof store.commands.get = async (...key) => {
        const command = await store.commands.get(...key);
        if (command?.state === "sent" && end === "expired")
          await expireCommand(cloud.deps, command);
        else if (command?.state === "sent") await cloud.call(routeOf(id), { method: "DELETE" });
        return command;
      };
      const commands = { ...store.commands, get };
      await take(id, "succeeded", { ...cloud.deps, store: { ...store, commands } });
      expect(await seen(id)).toMatchObject({ state: end, lateResult: endOf.succeeded });
    },
  );
});
