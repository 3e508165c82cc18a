import { describe, expect, it } from "vitest";
import { streamShadow } from "@sightline/contracts/shadow";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { isAlive } from "./child.ts";
import { sharedSite, type RunningAgent } from "./site.ts";
import { waitFor } from "./wait-for.ts";

const isRunning = ({ state }: StreamReport): boolean => state === "running";

/** The pid of the pipeline that came after it. */
const successor = ({ host, agent }: RunningAgent, of: number): Promise<number> =>
  waitFor(
    async () => {
      const now = await host.pid().catch(() => of);
      return now !== of && now;
    },
    () => `another pipeline; the agent said\n${agent.errors.slice(-20).join("\n")}\nthat`,
    20_000,
  );

// Two boxes side by side, for most of it is waiting.
describe.concurrent("a pipeline that ends or stands still", () => {
  const site = sharedSite(2);

  it.sequential("brings all streams back after a kill -9 of the pipeline, on the same port", async () => {
    const { cloud } = site;
    const running = await site.running();
    const { host, agent } = running;
    const pid = await host.pid();
    const { restarts } = (await cloud.deviceReport(() => true)).pipeline;
    const one = site.camera(1);
    const two = site.camera(2, { settings: { "decoder.dropFrameInterval": 3 } });
    await cloud.place(one, two);
    await cloud.streamReport(one, isRunning);
    await cloud.streamReport(two, isRunning);
    process.kill(pid, "SIGKILL");
    const next = await successor(running, pid);
    const line = { pipeline: { pid: next, url: running.ready.pipelineUrl } };
    await waitFor(() => agent.lines.includes(JSON.stringify(line)), "the line about it");
    await host.runs(one.localName, two.localName);
    const report = await cloud.deviceReport(
      ({ pipeline, manifest }) =>
        pipeline.restarts === restarts + 1 && Object.keys(manifest).length === 2,
    );
    expect(report.manifest).toEqual({ [one.id]: 1, [two.id]: 1 });
  });

  it.sequential("finds a frozen pipeline within ten seconds", async () => {
    const running = await site.running();
    const pid = await running.host.pid();
    process.kill(pid, "SIGSTOP");
    const frozenAtMs = performance.now();
    await waitFor(() => !isAlive(pid), "the end of the frozen pipeline", 12_000);
    expect(performance.now() - frozenAtMs).toBeLessThan(10_000);
    await successor(running, pid);
  });
});

describe.concurrent("a pipeline that one stream ends", () => {
  const site = sharedSite(2);

  it("quarantines the one stream that ends the pipeline, until it is changed", async () => {
    const { cloud } = site;
    const running = await site.running();
    const { host } = running;
    let pid = await host.pid();
    const [good, bad] = [site.camera(1), site.camera(2)];
    await cloud.place(good);
    await cloud.streamReport(good, isRunning);
    // Older than the time for which a change stays suspicious.
    await waitFor(async () => {
      const report = await cloud.reported<StreamReport>(streamShadow(good.id));
      return report && Date.now() - report.sinceAtMs > 4_000;
    }, "the good stream's time");
    await cloud.place(good, bad);
    for (let crash = 0; crash < 3; crash += 1) {
      await host.runs(bad.localName);
      process.kill(pid, "SIGKILL");
      pid = await successor(running, pid);
    }
    const held = await cloud.streamReport(bad, ({ state }) => state === "quarantined", 25_000);
    expect(held.error.code).toBe("stream.quarantined");
    await host.runs(good.localName);
    await cloud.place(good, { ...bad, revision: 2 });
    await cloud.streamReport(bad, ({ revision, state }) => revision === 2 && state === "running");
  }, 90_000);
});
