import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceReport } from "@sightline/contracts/device-report";
import { deepstreamPaths } from "@sightline/contracts/pipeline-paths";
import { streamShadow } from "@sightline/contracts/shadow";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import {
  effectiveSettings,
  streamSettingKeys,
  type StreamSettings,
} from "@sightline/contracts/settings";
import { Box, startCameras, type Cameras } from "./box.ts";
import { isAlive, type Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { Host } from "./host.ts";
import { waitFor } from "./wait-for.ts";

describe("settings", () => {
  let cloud: TestCloud;
  let box: Box;
  let cameras: Cameras;
  let agent: Child;
  let host: Host;
  /** Of tracker files. */
  let folder: string;

  beforeAll(async () => {
    cloud = await TestCloud.start();
    box = await Box.make();
    cameras = await startCameras(2);
    folder = await mkdtemp(join(tmpdir(), "agent-analytics-"));
    await writeFile(
      join(folder, "tracker.yml"),
      "%YAML:1.0\nTargetManagement:\n  probationAge: 3\n",
    );
    await box.enrolAt(cloud);
    const started = await box.runUntilReady([
      ...["--allow-source", cameras.address],
      ...["--analytics-dir", folder],
    ]);
    ({ agent } = started);
    host = new Host(box, started.ready.pipelineUrl);
  });
  afterAll(async () => {
    await box.close();
    await cameras.child.kill();
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  });

  const camera = (settings: StreamSettings = {}): StreamDesired =>
    streamDesired({
      source: { url: cameras.url(1), transport: "tcp", credentials: "" },
      settings,
    });
  /** What a stream shows when these are set for it. */
  const shown = (settings: StreamSettings): object => {
    const effective = effectiveSettings(settings);
    return Object.fromEntries(streamSettingKeys.map((key) => [key, effective[key]]));
  };
  const applied = async (stream: StreamDesired): Promise<object> => {
    const report = await cloud.streamReport(stream, ({ revision }) => revision === stream.revision);
    expect(report.error).toEqual({ code: "none", text: "" });
    return report.applied.settings;
  };
  /** In the shadow, that is: there is no `settings` while the device has none. */
  const inForce = (revision: number, settings: object): Promise<DeviceReport> =>
    cloud.deviceReport((report) => {
      const isSame = Object.entries(settings).every(
        ([key, value]) => report.wish.settings?.[key] === value,
      );
      return report.wish.revision === revision && isSame;
    });

  it("carries out every one of a stream, as the pipeline shows, and puts all of them back", async () => {
    const settings: Required<StreamSettings> = {
      "decoder.dropFrameInterval": 2,
      "decoder.skipFrames": "nonReference",
      "decoder.lowLatencyMode": true,
      "converter.srcCrop": "16:16:320:240",
      "converter.destCrop": "0:0:160:120",
      "converter.flipMethod": 2,
      "converter.interpolationMethod": 1,
      "detector.kinds": ["motion", "body"],
      "detector.rois": [
        { id: "door", left: 10, top: 10, width: 100, height: 100 },
        { id: "till", left: 0, top: 0, width: 50, height: 50 },
      ],
      "detector.interval": 40,
      "osd.processMode": "cpu",
      "tracker.configPath": join(folder, "tracker.yml"),
      "encoder.bitrate": 750_000,
      "encoder.iframeInterval": 12,
      "encoder.codec": "h265",
    };
    const stream = camera(settings);
    await cloud.place(stream);
    expect(await applied(stream)).toEqual(shown(settings));
    const plain = { ...stream, revision: 2, settings: {} };
    await cloud.writeShadow(streamShadow(stream.id), { settings: null });
    await cloud.place(plain);
    expect(await applied(plain)).toEqual(shown({}));
    await cloud.remove(stream);
  });

  it("carries out the others when one is refused, and says which", async () => {
    const stream = camera({
      "osd.processMode": "gpu",
      "encoder.bitrate": 600_000,
      "converter.flipMethod": 1,
    });
    await cloud.place(stream);
    const report = await cloud.streamReport(stream, ({ revision }) => revision === 1);
    expect(report).toMatchObject({
      state: "refused",
      error: { code: "native.refused" },
      applied: {
        settings: {
          "osd.processMode": "off",
          "encoder.bitrate": 600_000,
          "converter.flipMethod": 1,
        },
      },
    });
    expect(report.error.text).toContain("PROCESS_MODE_UPDATE_FAIL");
    await cloud.remove(stream);
  });

  it("has the analytics file of the box read again", async () => {
    const configPath = join(folder, "config_nvdsanalytics.txt");
    await writeFile(configPath, "[property]\nenable=1\nconfig-width=640\nconfig-height=360\n");
    const command = cloud.command("device.reload-analytics", { configPath });
    await cloud.send(command);
    expect(await cloud.ending(command.id)).toMatchObject({ state: "succeeded" });
  });

  it("leaves the bitrate of MPEG-4 alone", async () => {
    const stream = camera({ "encoder.codec": "mpeg4", "encoder.bitrate": 600_000 });
    await cloud.place(stream);
    expect(await applied(stream)).toMatchObject({ "encoder.codec": "mpeg4", "encoder.bitrate": 0 });
    await cloud.remove(stream);
  });

  it("says of what it cannot be that it is unsupported", async () => {
    const newer: StreamDesired["settings"] = { "mux.maxLatencyNs": 5, "osd.sparkle": true };
    const stream = { ...camera(), settings: newer };
    await cloud.place(stream);
    expect(await applied(stream)).toMatchObject({
      "mux.maxLatencyNs": "unsupported",
      "osd.sparkle": "unsupported",
    });
    await cloud.remove(stream);
  });

  it("gives a stream what its device has, unless it has its own, and shares what all share", async () => {
    const [own, other] = [camera({ "detector.interval": 1 }), camera()];
    await cloud.place(own, other);
    await cloud.streamReport(own, ({ state }) => state === "running");
    await cloud.streamReport(other, ({ state }) => state === "running");
    const settings = { "detector.interval": 3, "mux.batchedPushTimeoutUs": 33_000 };
    await cloud.wish({ revision: 1, settings });
    const report = await inForce(1, settings);
    expect(report.wish.error.code).toBe("none");
    expect(report.controls).toMatchObject({
      "detector.interval": "stream",
      "mux.batchedPushTimeoutUs": "device",
    });
    const hasInterval = (interval: number) => (told: { applied: { settings: object } }) =>
      (told.applied.settings as Record<string, unknown>)["detector.interval"] === interval;
    await cloud.streamReport(other, hasInterval(3));
    await cloud.streamReport(own, hasInterval(1));

    await cloud.wish({
      revision: 2,
      settings: { "detector.interval": null, "mux.batchedPushTimeoutUs": null },
    });
    await inForce(2, { "mux.batchedPushTimeoutUs": 16_000 });
    await cloud.streamReport(other, hasInterval(0));
    await cloud.remove(own);
    await cloud.remove(other);
  });

  it("reports what somebody has changed on the box, and sets it back with the next revision", async () => {
    const stream = camera({ "decoder.dropFrameInterval": 2 });
    await cloud.place(stream);
    await cloud.streamReport(stream, ({ state }) => state === "running");
    const change = { drop_frame_interval: 7 };
    await host.set(deepstreamPaths.dropFrameInterval, change, stream.localName);
    // Whoever asks something of the device is told of its streams at once, and not after the usual wait.
    await cloud.wish({ revision: 3, settings: { "mux.maxLatencyNs": 3 } });
    const drifted = await cloud.streamReport(stream, ({ drift }) => drift !== undefined);
    expect(drifted).toMatchObject({
      revision: 1,
      error: { code: "none" },
      applied: { settings: { "decoder.dropFrameInterval": 7 } },
    });
    expect(drifted.drift).toEqual({ "decoder.dropFrameInterval": 2 });
    await cloud.place({ ...stream, revision: 2 });
    await cloud.streamReport(stream, ({ revision }) => revision === 2);
    const last = cloud.lastReport(stream);
    expect(last?.drift).toBeUndefined();
    expect(last?.applied.settings).toMatchObject({ "decoder.dropFrameInterval": 2 });
    await cloud.remove(stream);
  });

  it("tells what somebody has set for all streams, and sets it back with a new revision of the same", async () => {
    const settings = { "mux.maxLatencyNs": 1_000 };
    await cloud.wish({ revision: 4, settings });
    await inForce(4, settings);
    await host.set(deepstreamPaths.maxLatency, { max_latency: 9 });
    await inForce(4, { "mux.maxLatencyNs": 9 });
    // Whoever reverts it from the API asks so.
    await cloud.wish({ revision: 5, settings });
    const { wish } = await inForce(5, settings);
    expect(wish.error.code).toBe("none");
    expect((await host.list()).shared?.maxLatency).toBe(1_000);
  });

  it("says that a stream refuses what its device should be", async () => {
    const stream = camera();
    await cloud.place(stream);
    await cloud.streamReport(stream, ({ state }) => state === "running");
    await cloud.wish({ revision: 6, settings: { "osd.processMode": "gpu" } });
    const refused = await cloud.deviceReport(({ wish }) => wish.revision === 6);
    expect(refused.wish.error.code).toBe("native.refused");
    await cloud.wish({ revision: 7, pipeline: "stopped" });
    const stopped = await cloud.deviceReport(({ wish }) => wish.revision === 7);
    expect(stopped.wish.error.code).toBe("none");
    await cloud.wish({ revision: 8, settings: { "osd.processMode": null } });
    const mended = await cloud.deviceReport(({ wish }) => wish.revision === 8);
    expect(mended.wish.error.code).toBe("none");
    await cloud.remove(stream);
  });

  it("sets everything again after a kill -9 of the pipeline", async () => {
    const stream = camera({
      "decoder.dropFrameInterval": 2,
      "detector.kinds": ["motion", "face"],
      "encoder.iframeInterval": 9,
    });
    await cloud.place(stream);
    await cloud.streamReport(stream, ({ state }) => state === "running");
    // Drift goes with the process that had it.
    const change = { drop_frame_interval: 7 };
    await host.set(deepstreamPaths.dropFrameInterval, change, stream.localName);
    const shared = { "mux.batchedPushTimeoutUs": 20_000 };
    await cloud.wish({ revision: 9, settings: shared });
    await inForce(9, shared);
    await cloud.streamReport(stream, ({ drift }) => drift !== undefined);

    const pid = await host.pid();
    process.kill(pid, "SIGKILL");
    await waitFor(() => !isAlive(pid), "the end of the pipeline");
    await waitFor(
      async () => {
        const { streams, shared: told } = await host
          .list()
          .catch(() => ({ streams: [], shared: undefined }));
        const [one] = streams;
        return (
          one?.applied.dropFrameInterval === 2 &&
          one.applied.iframeInterval === 9 &&
          one.applied.detection?.detectors.length === 2 &&
          told?.batchedPushTimeout === 20_000
        );
      },
      () =>
        `all settings after the restart; the agent said\n${agent.errors.slice(-30).join("\n")}\nthat`,
      20_000,
    );
    await cloud.wish({ revision: 10, settings: { "mux.batchedPushTimeoutUs": 21_000 } });
    await waitFor(() => cloud.lastReport(stream)?.drift === undefined, "a report without drift");
    await cloud.remove(stream);
  });
});
