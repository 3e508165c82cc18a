/** The whole agent in front of a stock server that is started anew so fast that nobody meets a closed port, or whose cameras all fail. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceReport } from "@sightline/contracts/device-report";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { deviceShadow } from "@sightline/contracts/shadow";
import type { Seen } from "../../test/support/nvidia-server/main.ts";
import { NvidiaServer } from "../../test/support/nvidia-server/nvidia-server.ts";
import { Box } from "./box.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { waitFor } from "./wait-for.ts";

describe("a stock server", () => {
  let nvidia: NvidiaServer;
  let cloud: TestCloud;
  let box: Box;

  beforeAll(async () => {
    nvidia = await NvidiaServer.start({ release: "8.0" });
    cloud = await TestCloud.start();
    box = await Box.make();
    await box.enrolAt(cloud);
    await box.runUntilReady(["--pipeline-url", nvidia.url]);
  });
  afterAll(async () => {
    await box.close();
    await cloud.close();
    await nvidia.kill();
  });

  const camera = (path: string, change: Partial<StreamDesired> = {}): StreamDesired =>
    streamDesired({
      source: { url: `rtsp://192.0.2.7/${path}`, transport: "auto", credentials: "" },
      ...change,
    });
  const seen = (is: (seen: Seen) => boolean, what: string): Promise<Seen> =>
    waitFor(async () => {
      const now = await nvidia.look();
      return is(now) && now;
    }, what);
  const has = ({ sources }: Seen, { localName }: StreamDesired): boolean =>
    sources.some(({ cameraId }) => cameraId === localName);
  const remove = async (...streams: readonly StreamDesired[]): Promise<void> => {
    for (const stream of streams) await cloud.remove(stream);
    await seen(({ sources }) => sources.length === 0, "an empty server");
  };
  const isCarriedOut = ({ revision }: { readonly revision: number }): boolean => revision === 1;

  it("has everything again, with one camera and what all share", async () => {
    const door = camera("door", { settings: { "decoder.dropFrameInterval": 7 } });
    const settings = { "mux.maxLatencyNs": 9, "detector.interval": 2, "encoder.bitrate": 800_000 };
    await cloud.place(door);
    await cloud.streamReport(door, isCarriedOut);
    await cloud.wish({ revision: 1, settings });
    const isAll = ({ sources: [first], shared }: Seen): boolean =>
      first?.settings["/api/v1/dec/drop-frame-interval"] === 7 &&
      shared["/api/v1/mux/max-latency"] === 9 &&
      shared["/api/v1/infer/set-interval"] === 2 &&
      shared["/api/v1/enc/bitrate"] === 800_000;
    await seen(isAll, "all settings");
    await nvidia.kill();
    await nvidia.start();
    await seen(isAll, "all settings after the restart");
    const report = await cloud.deviceReport(
      ({ wish }) => wish.settings["encoder.bitrate"] === 800_000,
    );
    expect(report.wish).toMatchObject({ revision: 1, error: { code: "none" }, settings });
    await remove(door);
  });

  it("has what all share again when it was empty meanwhile", async () => {
    await cloud.wish({ revision: 2, settings: { "mux.maxLatencyNs": 11 } });
    await seen(({ shared }) => shared["/api/v1/mux/max-latency"] === 11, "the latency");
    await nvidia.kill();
    await nvidia.start();
    const door = camera("door");
    await cloud.place(door);
    await seen(
      (now) => has(now, door) && now.shared["/api/v1/mux/max-latency"] === 11,
      "the stream, and the latency again",
    );
    await remove(door);
  });

  it("is not taken for another one, and nobody for its murderer, when all of its cameras fail at once", async () => {
    const [door, yard] = [camera("door"), camera("yard")];
    const before = await cloud.deviceReport(({ pipeline }) => pipeline.state === "running");
    const saidBefore = cloud.reports.length;
    await cloud.place(door, yard);
    await cloud.streamReport(door, isCarriedOut);
    await cloud.streamReport(yard, isCarriedOut);
    await Promise.all([nvidia.vanish(door.localName), nvidia.vanish(yard.localName)]);
    await seen((now) => has(now, door) && has(now, yard), "both cameras again");
    await cloud.wish({ revision: 3 });
    const report = await cloud.deviceReport(({ wish }) => wish.revision === 3);
    expect(report.pipeline).toEqual(before.pipeline);
    const told = cloud.reports
      .slice(saidBefore)
      .filter(({ shadow }) => shadow === deviceShadow)
      .map(({ reported }) => (reported as DeviceReport).pipeline.state);
    expect(told).not.toContain("unavailable");
    await remove(door, yard);
  });
});
