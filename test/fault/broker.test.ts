/**
 * Issue "bad days": the broker restarted, killed with everything around it or in good order. What it took from a box is in the table
 * afterwards, what it holds for a box arrives, and a real agent is back and caught up.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { Cameras } from "../support/cameras.ts";
import { converged } from "../support/convergence.ts";
import { FaultBox } from "../support/fault-box.ts";
import { freshName } from "../support/names.ts";
import { convergedMs, framesFlow, inSync } from "../support/stream.ts";
import { addBox, apiOf } from "../support/system-api.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
let cameras: Cameras;
let real: FaultBox;
/** With sessions that the broker keeps. */
const boxes: Box[] = [];
beforeAll(async () => {
  [system, cameras] = await Promise.all([System.start({ args: ["--no-demo"] }), Cameras.start()]);
  real = await FaultBox.make(system);
  await real.run([cameras]);
  await real.add("camera", cameras.url());
  await real.allRun(["camera"]);
});
afterAll(async () => {
  await real?.dispose();
  for (const box of boxes) await box.disconnect();
  await cameras?.dispose();
  await system?.dispose();
});

async function newBox(): Promise<Box> {
  const box = await addBox(system);
  boxes.push(box);
  return box;
}

async function addStream(box: Box): Promise<string> {
  const source = { url: "rtsp://192.0.2.1/1" };
  const body = { name: freshName("s"), device: box.device, source };
  const answer = await apiOf(system).call("/v1/streams", { body });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function give(box: Box, stream: string): Promise<{ id: string; state: string }> {
  const body = { kind: "stream.force-idr", args: { stream }, ttlMs: 600_000 };
  const answer = await apiOf(system).call(`/v1/devices/${box.device}/commands`, { body });
  expect(answer.status).toBe(201);
  return answer.body;
}

const untilState = (box: Pick<Box, "device">, id: string, state: string): Promise<unknown> =>
  waitFor(
    `${id} is ${state}`,
    async () => {
      const { body } = await system.call(`/v1/devices/${box.device}/commands/${id}`);
      return body.state === state || Promise.reject(new Error(body.state));
    },
    { timeoutMs: convergedMs },
  );

/** Eight commands and two reports, and every PUBACK of them: the handlers have hardly begun. The box says none of it again. */
async function sayMuch(): Promise<{ box: Box; commands: string[]; streams: string[] }> {
  const box = await (await newBox()).comeOnline({ persistent: true });
  const streams = [await addStream(box), await addStream(box)];
  const of = Array.from({ length: 8 }, () => String(streams[0]));
  const given = await Promise.all(of.map((stream) => give(box, stream)));
  for (const _ of given) await box.nextCommand();
  return { box, streams, commands: given.map(({ id }) => id) };
}

const sayIt = ({ box, commands, streams }: Awaited<ReturnType<typeof sayMuch>>): Promise<unknown> =>
  Promise.all([
    ...streams.map((stream) => box.report(stream, 1)),
    ...commands.map((id) => box.ack(id, "succeeded", { result: { idrFrames: 1 } })),
  ]);

/** One that left its session, with three commands in it, and one that was never seen, with one in the table. */
async function leaveCommands() {
  const [away, unseen] = [await newBox(), await newBox()];
  await away.comeOnline({ persistent: true });
  const [stream, other] = [await addStream(away), await addStream(unseen)];
  await away.disconnect();
  const sent = [await give(away, stream), await give(away, stream), await give(away, stream)];
  expect(sent.map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
  const queued = await give(unseen, other);
  expect(queued.state).toBe("queued");
  return { away, unseen, sent: sent.map(({ id }) => id), queued: queued.id };
}

/** The agent's stream as it is before, and what is asked of it last. */
async function askAgent() {
  const before = await real.counters("camera");
  const interval = 1 + (((await system.call("/v1/streams/camera")).body.revision as number) % 5);
  const settings = { "decoder.dropFrameInterval": interval };
  expect((await real.patch("camera", { settings })).status).toBe(200);
  return { before, settings };
}

describe.each([
  ["killed", (of: System) => of.crash()],
  ["stopped in good order", (of: System) => of.stop()],
] as const)("a broker that was %s", (_name, end) => {
  let said: Awaited<ReturnType<typeof sayMuch>>;
  let left: Awaited<ReturnType<typeof leaveCommands>>;
  let asked: Awaited<ReturnType<typeof askAgent>>;
  beforeAll(async () => {
    said = await sayMuch();
    left = await leaveCommands();
    asked = await askAgent();
    await sayIt(said);
    await end(system);
    await system.start();
  });

  test("has its agent back, which has caught up, and frames never stopped", async () => {
    const { body: command } = await real.post(`/v1/devices/${real.name}/commands`, {
      kind: "stream.force-idr",
      args: { stream: "camera" },
    });
    await untilState({ device: real.name }, command.id, "succeeded");
    await inSync(system, real.name);
    await framesFlow(system, "camera");
    const { body } = await system.call("/v1/streams/camera");
    expect(body.reported.applied.settings).toMatchObject(asked.settings);
    const { restarts, frames } = await real.counters("camera");
    expect([restarts, frames > asked.before.frames]).toEqual([asked.before.restarts, true]);
  });

  test("has handed on what it took from a box right before: it is in the table", async () => {
    const { box, commands, streams } = said;
    for (const id of commands) await untilState(box, id, "succeeded");
    for (const stream of streams)
      await waitFor(
        "the report",
        async () => (await system.call(`/v1/streams/${stream}`)).body.state === "running",
        { timeoutMs: convergedMs },
      );
    await converged(system, box.device);
  });

  test("delivers what it holds for a box that is away, in order, without a hello", async () => {
    const { away, sent } = left;
    away.received.length = 0;
    await away.connect({ persistent: true });
    for (const id of sent) expect((await away.nextCommand()).id).toBe(id);
    for (const id of sent) await away.ack(id, "succeeded", { result: { idrFrames: 1 } });
    for (const id of sent) await untilState(away, id, "succeeded");
  });

  test("delivers commands that wait in the table for a hello", async () => {
    const { unseen, queued } = left;
    await unseen.comeOnline();
    expect((await unseen.nextCommand()).id).toBe(queued);
  });

  test("has a box with a kept session back by itself, online, and reaches it", async () => {
    const { box, streams } = said;
    expect((await system.call(`/v1/devices/${box.device}`)).body.online).toBe(true);
    const { id } = await give(box, String(streams[0]));
    expect((await box.nextCommand()).id).toBe(id);
  });
});
