import { beforeAll, describe, expect, it } from "vitest";
import type { DeviceReport } from "@sightline/contracts/device-report";
import type { PipelineWanted, StreamDesired } from "@sightline/contracts/desired-state";
import type { StreamReport } from "@sightline/contracts/stream-report";
import type { Box } from "./box.ts";
import { isAlive, type Child } from "./child.ts";
import type { TestCloud } from "./cloud.ts";
import { sharedSite } from "./site.ts";
import { waitFor } from "./wait-for.ts";

interface PipelineLine {
  readonly pipeline: { readonly pid: number; readonly url: string };
}

describe("what a device should be", () => {
  const site = sharedSite(2);
  let cloud: TestCloud;
  let box: Box;
  /** Of the newest wish. */
  let revision = 0;
  beforeAll(() => {
    ({ cloud, box } = site);
  });

  const camera = (number: number, change: Partial<StreamDesired> = {}) =>
    site.camera(number, change);
  const isRunning = ({ state }: StreamReport): boolean => state === "running";
  const isStopped = ({ state, error }: StreamReport): boolean =>
    state === "stopped" && error.code === "pipeline.stopped";
  /** The newest wish. */
  const answers =
    (state: DeviceReport["pipeline"]["state"]) =>
    (report: DeviceReport): boolean =>
      report.wish.revision === revision && report.pipeline.state === state;
  const wish = async (pipeline: PipelineWanted): Promise<void> => {
    revision += 1;
    await cloud.wish({ revision, pipeline });
  };
  /** A line about a pipeline after the first `said` ones. */
  const started = (agent: Child, said: number): Promise<PipelineLine> =>
    waitFor(
      () =>
        agent.lines
          .slice(said)
          .map((line) => JSON.parse(line) as Partial<PipelineLine>)
          .find((line): line is PipelineLine => line.pipeline !== undefined),
      "another pipeline",
    );

  it("stops the pipeline and starts it again, with everything that was wanted meanwhile", async () => {
    const { agent, host } = await site.running();
    const { restarts } = (await cloud.deviceReport(() => true)).pipeline;
    const [one, two] = [camera(1), camera(2)];
    const pid = await host.pid();
    await cloud.place(one);
    await cloud.streamReport(one, isRunning);
    await wish("stopped");
    await cloud.deviceReport(answers("stopped"));
    expect(isAlive(pid)).toBe(false);
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

    const said = agent.lines.length;
    await wish("running");
    await started(agent, said);
    await cloud.streamReport(two, isRunning);
    const report = await cloud.streamReport(one, isRunning);
    expect(report.applied.settings).toMatchObject({ "decoder.dropFrameInterval": 3 });
    const device = await cloud.deviceReport(answers("running"));
    expect(device.pipeline.restarts).toBe(restarts);
  });

  it("keeps the pipeline stopped over a kill -9 of the agent, with the network down", async () => {
    const first = await site.running();
    const stream = camera(1);
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await wish("stopped");
    await cloud.deviceReport(answers("stopped"));
    first.agent.signal("SIGKILL");
    await first.agent.ended();
    await cloud.shut();
    const agent = box.run(site.options());
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
      (device) => answers("stopped")(device) && device.atMs >= startedAtMs,
    );
    expect(report.versions.backend).toBe("");
    await cloud.streamReport(stream, isStopped);
    await wish("running");
    await cloud.streamReport(stream, isRunning);
    agent.signal("SIGTERM");
    await agent.ended();
  }, 90_000);

  it("starts a pipeline that somebody has ended on the box", async () => {
    const { agent, host } = await site.running();
    const { restarts } = (await cloud.deviceReport(() => true)).pipeline;
    const pid = await host.pid();
    const stream = camera(1);
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    const said = agent.lines.length;
    await host.quit();
    const { pipeline } = await started(agent, said);
    expect(pipeline.pid).not.toBe(pid);
    await cloud.deviceReport(
      ({ pipeline: now }) => now.state === "running" && now.restarts === restarts + 1,
    );
    await host.runs(stream.localName);
  });

  it("never goes back to an older wish", async () => {
    const { host } = await site.running();
    const pid = await host.pid();
    await wish("running");
    await cloud.deviceReport(answers("running"));
    await cloud.wish({ revision: revision - 1, pipeline: "stopped" });
    const stream = camera(1);
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    expect(await host.pid()).toBe(pid);
  });
});
