import { beforeAll, describe, expect, it } from "vitest";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { streamShadow } from "@sightline/contracts/shadow";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { shownSettings, type Box } from "./box.ts";
import { isAlive } from "./child.ts";
import type { TestCloud } from "./cloud.ts";
import { sharedSite } from "./site.ts";
import { waitFor } from "./wait-for.ts";

describe("an agent that ends, or is cut off", () => {
  const site = sharedSite(3);
  let cloud: TestCloud;
  let box: Box;
  beforeAll(() => {
    ({ cloud, box } = site);
  });

  const camera = (number: number, change: Partial<StreamDesired> = {}) =>
    site.camera(number, change);
  const isRunning = ({ state }: StreamReport): boolean => state === "running";

  it("applies the journal with the network down, after a kill -9 of the agent", async () => {
    const first = await site.running();
    const stream = camera(1, { settings: { "decoder.dropFrameInterval": 2 } });
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await cloud.shut();
    first.agent.signal("SIGKILL");
    await waitFor(() => !isAlive(first.ready.pipelinePid), "the end of the orphaned pipeline");
    const port = new URL(first.ready.pipelineUrl).port;
    const agent = box.run([...site.options(), "--pipeline-port", port]);
    await first.host.runs(stream.localName);
    expect(agent.lines).toEqual([]);
    await cloud.open();
    await agent.json((line) => line["ready"] === true, 40_000);
    await cloud.streamReport(stream, isRunning);
    agent.signal("SIGTERM");
    await agent.ended();
  }, 90_000);

  it("catches up with what changed while it was away", async () => {
    const first = await site.running();
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
    await site.running();
    await cloud.streamReport(fresh, isRunning);
    const report = await cloud.streamReport(kept, ({ revision }) => revision === 2);
    expect(report.applied.settings).toEqual(shownSettings({ "decoder.dropFrameInterval": 7 }));
    // The device's own report comes up to half a second after those of its streams.
    const device = await cloud.deviceReport(
      ({ manifest }) => manifest[fresh.id] === 1 && manifest[kept.id] === 2,
    );
    expect(device.manifest).toEqual({ [kept.id]: 2, [fresh.id]: 1 });
    expect(await cloud.reported(streamShadow(gone.id))).toBeUndefined();
  });

  it("comes back by itself when the broker restarts", async () => {
    await site.running();
    const stream = camera(1);
    await cloud.shut();
    await cloud.open();
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning, 25_000);
  }, 60_000);

  it("never goes back to an older revision", async () => {
    await site.running();
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
    await site.running();
    const second = box.run();
    expect(await second.ended()).toEqual({ code: 1, signal: null });
    expect(second.errors.join()).toContain("another agent runs in");
  });

  it("ends within three seconds on SIGTERM and with its parent, and takes the pipeline along", async () => {
    const first = await site.running();
    first.agent.signal("SIGTERM");
    expect(await first.agent.ended(3_000)).toEqual({ code: 0, signal: null });
    expect(isAlive(first.ready.pipelinePid)).toBe(false);
    const second = await site.running();
    second.agent.closeInput();
    expect(await second.agent.ended(3_000)).toEqual({ code: 0, signal: null });
    expect(isAlive(second.ready.pipelinePid)).toBe(false);
  });
});
