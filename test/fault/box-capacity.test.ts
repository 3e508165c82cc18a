/** As many streams as a device may hold, on one box. */
import { limits } from "@sightline/contracts/limits";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cameras } from "../support/cameras.ts";
import { FaultBox } from "../support/fault-box.ts";
import { isAlive, signal } from "../support/process.ts";
import { convergedMs, framesFlow, inSync } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const names = Array.from(
  { length: limits.streamsPerDeviceMax },
  (_, index) => `camera-${index + 1}`,
);

let system: System;
let cameras: Cameras;
let box: FaultBox;
beforeAll(async () => {
  [system, cameras] = await Promise.all([
    System.start({ args: ["--no-demo"] }),
    Cameras.start({ count: 4, size: "96x64", rate: 2 }),
  ]);
  box = await FaultBox.make(system);
  await box.run([cameras]);
});
afterAll(async () => {
  await box?.dispose();
  await cameras?.dispose();
  await system?.dispose();
});

const readyPid = (): number => Number(/"pipelinePid":(\d+)/.exec(box.agent.output)?.[1] ?? 0);
const restartedPid = (): number =>
  Number(/"pipeline":\{"pid":(\d+)/.exec(box.agent.output)?.[1] ?? 0);

test("sixty-four streams run on one device, and the next one is refused", async () => {
  for (const [index, name] of names.entries()) await box.add(name, cameras.url(1 + (index % 4)));
  await box.allRun(names);
  const source = { url: cameras.url() };
  const { status, body } = await system.call("/v1/streams", {
    method: "POST",
    body: { name: "one-too-many", device: box.name, source },
  });
  expect([status, body.code]).toEqual([409, "device.stream-limit"]);
  await inSync(system, box.name);
});

test("after a kill -9 of the pipeline all of them are back within 15 s", async () => {
  const pid = readyPid();
  expect(isAlive(pid)).toBe(true);
  signal(pid, "SIGKILL");
  await waitFor("another pipeline", restartedPid, { timeoutMs: convergedMs });
  for (const name of [names[0] ?? "", names.at(-1) ?? ""]) await framesFlow(system, name);
  await box.allRun(names);
});
