import { beforeEach, describe, expect, it } from "vitest";
import type { DeviceReport } from "@sightline/contracts/device-report";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import type { StreamReport } from "@sightline/contracts/stream-report";
import type { Box } from "./box.ts";
import { isAlive, type Child } from "./child.ts";
import type { TestCloud } from "./cloud.ts";
import { Host } from "./host.ts";
import { freshSite } from "./site.ts";
import { waitFor } from "./wait-for.ts";

interface PipelineLine {
  readonly pipeline: { readonly pid: number; readonly url: string };
}

describe("what a device should be", () => {
  const site = freshSite(2);
  let cloud: TestCloud;
  let box: Box;
  beforeEach(() => {
    ({ cloud, box } = site);
  });

  const run = () => site.run();
  const camera = (number: number, change: Partial<StreamDesired> = {}) =>
    site.camera(number, change);
  const isRunning = ({ state }: StreamReport): boolean => state === "running";
  const isStopped = ({ state, error }: StreamReport): boolean =>
    state === "stopped" && error.code === "pipeline.stopped";
  const answers =
    (revision: number, state: DeviceReport["pipeline"]["state"]) =>
    ({ wish, pipeline }: DeviceReport): boolean =>
      wish.revision === revision && pipeline.state === state;
  const started = (agent: Child): Promise<PipelineLine> =>
    agent.json<PipelineLine>((line) => line["pipeline"] !== undefined);

  it("stops the pipeline and starts it again, with everything that was wanted meanwhile", async () => {
    const { agent, ready } = await run();
    const [one, two] = [camera(1), camera(2)];
    await cloud.place(one);
    await cloud.streamReport(one, isRunning);
    await cloud.wish({ revision: 1, pipeline: "stopped" });
    await cloud.deviceReport(answers(1, "stopped"));
    expect(isAlive(ready.pipelinePid)).toBe(false);
    await cloud.streamReport(one, isStopped);

    const changed = { ...one, revision: 2, settings: { "decoder.dropFrameInterval": 3 } };
    await cloud.place(changed, two);
    await cloud.streamReport(one, (report) => isStopped(report) && report.revision === 2);
    await cloud.streamReport(two, (report) => isStopped(report) && report.revision === 1);
    await cloud.deviceReport(({ manifest }) => manifest[one.id] === 2 && manifest[two.id] === 1);
    const command = cloud.command("stream.force-idr", { stream: one.id });
    await cloud.send(command);
    expect(await cloud.ending(command.id)).toMatchObject({
      state: "failed",
      code: "pipeline.stopped",
    });

    await cloud.wish({ revision: 2, pipeline: "running" });
    await started(agent);
    await cloud.streamReport(two, isRunning);
    const report = await cloud.streamReport(one, isRunning);
    expect(report.applied.settings).toMatchObject({ "decoder.dropFrameInterval": 3 });
    const device = await cloud.deviceReport(answers(2, "running"));
    expect(device.pipeline.restarts).toBe(0);
  });

  it("keeps the pipeline stopped over a kill -9 of the agent, with the network down", async () => {
    const first = await run();
    const stream = camera(1);
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await cloud.wish({ revision: 1, pipeline: "stopped" });
    await cloud.deviceReport(answers(1, "stopped"));
    first.agent.signal("SIGKILL");
    await first.agent.ended();
    await cloud.shut();
    const agent = box.run(["--allow-source", site.cameras.address]);
    await waitFor(
      () => agent.errors.some((line) => line.includes("not connected") || line.includes("connect")),
      () => `an attempt to connect; the agent said\n${agent.errors.join("\n")}\nthat`,
    );
    await cloud.open();
    const startedAtMs = Date.now();
    const ready = await agent.json<Record<string, unknown>>(
      (line) => line["ready"] === true,
      40_000,
    );
    expect(ready).toMatchObject({ pipelinePid: 0, pipelineUrl: "" });
    const report = await cloud.deviceReport(
      (device) => answers(1, "stopped")(device) && device.atMs >= startedAtMs,
    );
    expect(report.versions.backend).toBe("");
    await cloud.streamReport(stream, isStopped);
    await cloud.wish({ revision: 2, pipeline: "running" });
    await cloud.streamReport(stream, isRunning);
  }, 90_000);

  it("starts a pipeline that somebody has ended on the box", async () => {
    const { agent, ready } = await run();
    const stream = camera(1);
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await new Host(box, ready.pipelineUrl).quit();
    const { pipeline } = await started(agent);
    expect(pipeline.pid).not.toBe(ready.pipelinePid);
    await cloud.deviceReport(
      ({ pipeline: { state, restarts } }) => state === "running" && restarts === 1,
    );
    await waitFor(
      async () => (await new Host(box, pipeline.url).stream(stream.localName))?.state === "running",
      "the stream after the restart",
    );
  });

  it("never goes back to an older wish", async () => {
    const { ready } = await run();
    await cloud.wish({ revision: 5, pipeline: "running" });
    await cloud.deviceReport(answers(5, "running"));
    await cloud.wish({ revision: 4, pipeline: "stopped" });
    const stream = camera(1);
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    expect(isAlive(ready.pipelinePid)).toBe(true);
  });
});
