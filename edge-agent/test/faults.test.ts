import { beforeEach, describe, expect, it } from "vitest";
import { PipelineStreams } from "@sightline/contracts/pipeline-api";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { streamShadow } from "@sightline/contracts/shadow";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { shownSettings, type Box } from "./box.ts";
import { isAlive, type Child } from "./child.ts";
import type { TestCloud } from "./cloud.ts";
import { freshSite } from "./site.ts";
import { waitFor } from "./wait-for.ts";

interface PipelineLine {
  readonly pipeline: { readonly pid: number; readonly url: string };
}

describe("faults", () => {
  const site = freshSite(3);
  let cloud: TestCloud;
  let box: Box;
  beforeEach(() => {
    ({ cloud, box } = site);
  });

  const run = () => site.run();
  const camera = (number: number, change: Partial<StreamDesired> = {}) =>
    site.camera(number, change);
  const isRunning = ({ state }: StreamReport): boolean => state === "running";

  /** What the pipeline itself says. */
  const listed = async (url: string): Promise<Map<string, string>> => {
    const token = (await readFile(join(box.folder, "pipeline-token"), "utf8")).trim();
    const answer = await fetch(`${url}/api/v1/sightline/streams`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const { streams } = PipelineStreams.parse(await answer.json());
    return new Map(streams.map(({ camera_id, state }) => [camera_id, state]));
  };
  const runsIn = (url: string, names: readonly string[], what: string): Promise<unknown> =>
    waitFor(async () => {
      const streams = await listed(url).catch(() => new Map<string, string>());
      return names.every((name) => streams.get(name) === "running");
    }, what);
  const restarted = (agent: Child, than: number): Promise<PipelineLine> =>
    waitFor(
      () =>
        agent.lines
          .slice(1)
          .map((line) => JSON.parse(line) as PipelineLine)
          .find(({ pipeline }) => pipeline.pid !== than),
      () => `another pipeline; the agent said\n${agent.errors.slice(-20).join("\n")}\nthat`,
      20_000,
    );

  it("brings all streams back after a kill -9 of the pipeline, on the same port", async () => {
    const { agent, ready } = await run();
    const [one, two] = [camera(1), camera(2, { settings: { "decoder.dropFrameInterval": 3 } })];
    await cloud.place(one, two);
    await cloud.streamReport(one, isRunning);
    await cloud.streamReport(two, isRunning);
    process.kill(ready.pipelinePid, "SIGKILL");
    const { pipeline } = await restarted(agent, ready.pipelinePid);
    expect(pipeline.url).toBe(ready.pipelineUrl);
    await runsIn(pipeline.url, [one.localName, two.localName], "both streams after the restart");
    const report = await cloud.deviceReport(({ pipeline: { restarts } }) => restarts === 1);
    expect(report.manifest).toEqual({ [one.id]: 1, [two.id]: 1 });
  });

  it("finds a frozen pipeline within ten seconds", async () => {
    const { agent, ready } = await run();
    process.kill(ready.pipelinePid, "SIGSTOP");
    const frozenAtMs = performance.now();
    await waitFor(() => !isAlive(ready.pipelinePid), "the end of the frozen pipeline", 12_000);
    expect(performance.now() - frozenAtMs).toBeLessThan(10_000);
    await restarted(agent, ready.pipelinePid);
  });

  it("quarantines the one stream that ends the pipeline, until it is changed", async () => {
    const { agent, ready } = await run();
    const [good, bad] = [camera(1), camera(2)];
    await cloud.place(good);
    await cloud.streamReport(good, isRunning);
    // Older than the time for which a change stays suspicious.
    await waitFor(async () => {
      const report = await cloud.reported<StreamReport>(streamShadow(good.id));
      return report && Date.now() - report.sinceAtMs > 4_000;
    }, "the good stream's time");
    await cloud.place(good, bad);
    let { pipelinePid: pid, pipelineUrl: url } = ready;
    for (let crash = 0; crash < 3; crash += 1) {
      await runsIn(url, [bad.localName], `the bad stream before crash ${crash + 1}`);
      process.kill(pid, "SIGKILL");
      const before = pid;
      ({
        pipeline: { pid, url },
      } = await waitFor(
        () =>
          agent.lines
            .slice(1)
            .map((line) => JSON.parse(line) as PipelineLine)
            .filter((_line, index) => index >= crash)
            .find(({ pipeline }) => pipeline.pid !== before),
        "another pipeline",
      ));
    }
    const held = await cloud.streamReport(bad, ({ state }) => state === "quarantined", 25_000);
    expect(held.error.code).toBe("stream.quarantined");
    await runsIn(url, [good.localName], "the good stream");
    await cloud.place(good, { ...bad, revision: 2 });
    await cloud.streamReport(bad, ({ revision, state }) => revision === 2 && state === "running");
  }, 90_000);

  it("applies the journal with the network down, after a kill -9 of the agent", async () => {
    const first = await run();
    const stream = camera(1, { settings: { "decoder.dropFrameInterval": 2 } });
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await cloud.shut();
    first.agent.signal("SIGKILL");
    await waitFor(() => !isAlive(first.ready.pipelinePid), "the end of the orphaned pipeline");
    const port = new URL(first.ready.pipelineUrl).port;
    const agent = box.run(["--allow-source", site.cameras.address, "--pipeline-port", port]);
    await runsIn(first.ready.pipelineUrl, [stream.localName], "the stream from the journal");
    expect(agent.lines).toEqual([]);
    await cloud.open();
    await agent.json((line) => line["ready"] === true, 40_000);
    await cloud.streamReport(stream, isRunning);
  }, 90_000);

  it("catches up with what changed while it was away", async () => {
    const first = await run();
    const [gone, kept, fresh] = [camera(1), camera(2), camera(3)];
    await cloud.place(gone, kept);
    await cloud.streamReport(gone, isRunning);
    await cloud.streamReport(kept, isRunning);
    first.agent.signal("SIGTERM");
    await first.agent.ended();
    await cloud.remove(gone);
    await cloud.place(
      { ...kept, revision: 2, settings: { "decoder.dropFrameInterval": 7 } },
      fresh,
    );
    await run();
    await cloud.streamReport(fresh, isRunning);
    const report = await cloud.streamReport(kept, ({ revision }) => revision === 2);
    expect(report.applied.settings).toEqual(shownSettings({ "decoder.dropFrameInterval": 7 }));
    const device = await cloud.deviceReport(({ manifest }) => manifest[fresh.id] === 1);
    expect(device.manifest).toEqual({ [kept.id]: 2, [fresh.id]: 1 });
    expect(await cloud.reported(streamShadow(gone.id))).toBeUndefined();
  });

  it("comes back by itself when the broker restarts", async () => {
    await run();
    const stream = camera(1);
    await cloud.shut();
    await cloud.open();
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning, 25_000);
  }, 60_000);

  it("never goes back to an older revision", async () => {
    await run();
    const stream = camera(1, { revision: 5 });
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await cloud.place({ ...stream, revision: 4, settings: { "decoder.dropFrameInterval": 9 } });
    const next = camera(2);
    await cloud.place({ ...stream, revision: 4 }, next);
    await cloud.streamReport(next, isRunning);
    const report = await cloud.reported<StreamReport>(streamShadow(stream.id));
    expect(report).toMatchObject({
      revision: 5,
      applied: { settings: { "decoder.dropFrameInterval": 0 } },
    });
  });

  it("refuses a second agent in the same folder", async () => {
    await run();
    const second = box.run();
    expect(await second.ended()).toEqual({ code: 1, signal: null });
    expect(second.errors.join()).toContain("another agent runs in");
  });

  it("ends within three seconds on SIGTERM and with its parent, and takes the pipeline along", async () => {
    const first = await run();
    first.agent.signal("SIGTERM");
    expect(await first.agent.ended(3_000)).toEqual({ code: 0, signal: null });
    expect(isAlive(first.ready.pipelinePid)).toBe(false);
    const second = await run();
    second.agent.closeInput();
    expect(await second.agent.ended(3_000)).toEqual({ code: 0, signal: null });
    expect(isAlive(second.ready.pipelinePid)).toBe(false);
  });
});
