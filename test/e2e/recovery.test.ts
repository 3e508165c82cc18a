import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive, signal } from "../support/process.ts";
import { convergedMs, framesFlow, inSync, stateOf } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.dispose());

/** What was acknowledged is there, and carried out. */
async function everythingHolds(names: readonly string[]): Promise<void> {
  await inSync(system);
  const { body } = await system.call("/v1/streams");
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(names);
  for (const name of names) {
    await waitFor(`${name} runs`, async () => (await stateOf(system, name)) === "running", {
      timeoutMs: convergedMs,
    });
    await framesFlow(system, name);
  }
}

async function kill(part: "agent" | "pipeline"): Promise<void> {
  const pid = system.ready.pids[part];
  signal(pid, "SIGKILL");
  await waitFor(`${part} is gone`, () => !isAlive(pid), { timeoutMs: convergedMs });
  await waitFor(
    `another ${part}`,
    () => system.ready.pids[part] !== pid && isAlive(system.ready.pids[part]),
    {
      timeoutMs: convergedMs,
    },
  );
}

async function setInterval(stream: string, interval: number): Promise<void> {
  const { status } = await system.call(`/v1/streams/${stream}`, {
    method: "PATCH",
    body: { settings: { "decoder.dropFrameInterval": interval } },
  });
  expect(status).toBe(200);
}

test("kill -9 of the pipeline: every stream and its settings are back", async () => {
  await setInterval("camera-1", 3);
  await inSync(system);
  await kill("pipeline");
  await everythingHolds(["camera-1", "camera-2"]);
  const { body } = await system.call("/v1/streams/camera-1/stats");
  expect(body).toMatchObject({ from: "fresh" });
  expect(body.counters.fps).toBeLessThan(8);
});

test("kill -9 of the agent: what was written meanwhile is carried out", async () => {
  const pid = system.ready.pids.agent;
  signal(pid, "SIGKILL");
  await setInterval("camera-1", 0);
  const [url] = system.ready.cameras;
  const { status } = await system.call("/v1/streams", {
    method: "POST",
    body: { name: "added", device: "jetson-1", source: { url } },
  });
  expect(status).toBe(201);
  await waitFor("another agent", () => system.ready.pids.agent !== pid && system.ready.pids.agent, {
    timeoutMs: convergedMs,
  });
  await everythingHolds(["added", "camera-1", "camera-2"]);
});

test("kill -9 of the whole system leaves no process, and a start finds everything as it was", async () => {
  const { pids, admin, organization } = system.ready;
  await setInterval("camera-2", 4);
  await system.crash();
  for (const [part, pid] of Object.entries(pids))
    await waitFor(`${part} is gone`, () => !isAlive(pid), { timeoutMs: 5_000 });
  await system.start();
  expect(system.ready.admin).toEqual(admin);
  expect(system.ready.organization).toBe(organization);
  await everythingHolds(["added", "camera-1", "camera-2"]);
  const { body } = await system.call("/v1/streams/camera-2");
  expect(body.reported.applied.settings["decoder.dropFrameInterval"]).toBe(4);
});

test("a frozen pipeline is replaced", async () => {
  const pid = system.ready.pids.pipeline;
  signal(pid, "SIGSTOP");
  await waitFor("another pipeline", () => system.ready.pids.pipeline !== pid, {
    timeoutMs: convergedMs,
  });
  await everythingHolds(["added", "camera-1", "camera-2"]);
});
