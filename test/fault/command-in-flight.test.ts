/** Issue "bad days": a command in flight at a crash of the agent ends as `command.outcome-unknown`, and is not carried out again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cameras } from "../support/cameras.ts";
import { FaultBox } from "../support/fault-box.ts";
import { isAlive, signal } from "../support/process.ts";
import { convergedMs, framesFlow } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
let cameras: Cameras;
let box: FaultBox;
let frozen = 0;
beforeAll(async () => {
  [system, cameras] = await Promise.all([System.start({ args: ["--no-demo"] }), Cameras.start()]);
  box = await FaultBox.make(system);
  await box.run([cameras]);
  await box.add("camera", cameras.url());
  await box.allRun(["camera"]);
});
afterAll(async () => {
  signal(frozen, "SIGKILL");
  await box?.dispose();
  await cameras?.dispose();
  await system?.dispose();
});

/** Of the agent's line `ready`. */
const pipelinePid = (): Promise<number> =>
  waitFor(
    "the agent is ready",
    () => Number(/"pipelinePid":(\d+)/.exec(box.agent.output)?.[1] ?? 0),
    { timeoutMs: convergedMs },
  );

test("the picture that the agent was at when it died: failed, outcome unknown, not taken a second time", async () => {
  frozen = await pipelinePid();
  signal(frozen, "SIGSTOP");
  const asking = system.call("/v1/streams/camera/snapshot");
  const commands = `/v1/devices/${box.name}/commands`;
  const id = await waitFor(
    "the agent has begun",
    async () => {
      const [command] = (await system.call(commands)).body.items;
      return command?.state === "acknowledged" && String(command.id);
    },
    { timeoutMs: convergedMs, pollMs: 10 },
  );
  await box.agent.kill();
  // It cannot see that its agent is gone.
  signal(frozen, "SIGKILL");
  await waitFor("the frozen pipeline is gone", () => !isAlive(frozen), { timeoutMs: 5_000 });
  box.agent.log = "";
  await box.run([cameras]);
  const unknown = { state: "failed", error: { code: "command.outcome-unknown" } };
  await waitFor(
    "the command's end",
    async () => {
      const { body } = await system.call(`${commands}/${id}`);
      return body.state === "failed" || Promise.reject(new Error(JSON.stringify(body)));
    },
    { timeoutMs: convergedMs },
  );
  expect((await system.call(`${commands}/${id}`)).body).toMatchObject(unknown);
  const { status, body } = await asking;
  expect([status >= 500, body.code]).toEqual([true, "snapshot.unavailable"]);
  expect(["command.outcome-unknown", "command.timeout"]).toContain(body.details.reason);
  await framesFlow(system, "camera");
  // A picture taken now comes after anything that would have come again.
  expect((await system.call("/v1/streams/camera/snapshot")).status).toBe(200);
  expect((await system.call(`${commands}/${id}`)).body).toMatchObject(unknown);
  expect(box.agent.log).not.toContain(`command ${id}`);
  expect(box.agent.log).toMatch(/command cmd_\w+: succeeded/);
});
