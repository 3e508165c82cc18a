/** The driver of a stock server against the double of NVIDIA's: nothing is called done that was not, and no request ends the server. */
import { afterAll, describe, expect, it } from "vitest";
import type { Setting } from "@sightline/contracts/settings";
import { AddedUrls } from "../src/pipeline/stock/added-urls.ts";
import { StockDriver } from "../src/pipeline/stock/driver.ts";
import { recognize, type PipelineProfile } from "../src/pipeline/stock/profile.ts";
import { StockServer } from "../src/pipeline/stock/server.ts";
import { Memory } from "./memory.ts";
import type { Seen } from "../../test/support/nvidia-server/main.ts";
import type { NvidiaRelease } from "../../test/support/nvidia-server/release.ts";
import { startDouble, type RunningDouble } from "../../test/support/nvidia-server/server.ts";

interface Nvidia {
  readonly url: string;
  readonly look: () => Seen;
  readonly vanish: (cameraId: string) => void;
  readonly delay: RunningDouble["delay"];
}

const doubles: RunningDouble[] = [];
const aborts: string[] = [];
afterAll(async () => {
  for (const { close } of doubles) await close();
  expect(aborts).toEqual([]);
});

/** Here in the test's process: it is asked for nothing that would end it. */
const start = async ({
  release,
  maxBatchSize = 8,
}: {
  readonly release: NvidiaRelease;
  readonly maxBatchSize?: number;
}): Promise<Nvidia> => {
  const abort = (reason: string): void => void aborts.push(reason);
  const double = await startDouble({ release, maxBatchSize, port: 0, abort });
  doubles.push(double);
  const { port, server, asked, delay } = double;
  return {
    url: `http://127.0.0.1:${port}`,
    look: () => ({ sources: server.sources.all, shared: server.shared, asked: [...asked] }),
    vanish: (cameraId) => server.sources.vanish(cameraId),
    delay,
  };
};

const drive = async (
  nvidia: Nvidia,
  { memory = new Memory(), wanted = "auto" }: { memory?: Memory; wanted?: PipelineProfile } = {},
): Promise<StockDriver> => {
  const server = new StockServer({ url: nvidia.url, lost: () => undefined });
  return new StockDriver({
    server,
    profile: await recognize(server, wanted),
    urls: new AddedUrls(memory),
    sources: { allowSources: [], mediaDir: undefined },
  });
};

const camera = (localName: string, url = `rtsp://192.0.2.7/${localName}`) => ({ localName, url });
const ref = (localName: string) => ({ localName, sourceId: undefined });
const names = async (driver: StockDriver): Promise<string[]> =>
  (await driver.list()).streams.map(({ camera_id }) => camera_id);

const dropFrames: Setting = { key: "decoder.dropFrameInterval", value: 5 };
const releases = ["7.1", "8.0", "9.1"] as const;

/** Puts a camera in as somebody else does. */
const addByHand = async ({ url }: Nvidia, cameraId: string, cameraUrl: string) => {
  const value = { camera_id: cameraId, camera_url: cameraUrl, change: "camera_add" };
  await fetch(`${url}/api/v1/stream/add`, { method: "POST", body: JSON.stringify({ value }) });
};

describe.concurrent.each(releases)("DeepStream %s", (release) => {
  it("is known by its answers, with what it can do", async () => {
    const driver = await drive(await start({ release }));
    const about = await driver.about();
    expect(about).toMatchObject({ backend: "stock", release });
    expect(Object.keys(about.controls)).toHaveLength(release === "7.1" ? 2 : 15);
    expect(about.controls["mux.maxLatencyNs"]).toBe("device");
  });

  it("gets cameras, lists them, and lets them go", async () => {
    const driver = await drive(await start({ release }));
    await driver.add(camera("door"), "r1");
    await driver.add(camera("tür/2"), "r2");
    const { streams, shared } = await driver.list();
    expect(streams).toMatchObject([
      { camera_id: "tür/2", state: "unknown", source_id: release === "7.1" ? undefined : 1 },
      { camera_id: "door", fps: release === "9.1" ? 25.04 : 0, applied: undefined },
    ]);
    expect(shared).toEqual({});
    await driver.remove(camera("door"), "r3");
    await driver.remove(camera("door"), "r4");
    expect(await names(driver)).toEqual(["tür/2"]);
  });

  it("refuses a camera that the server has or has no room for", async () => {
    const nvidia = await start({ release, maxBatchSize: 1 });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    await expect(driver.add(camera("yard"), "r")).rejects.toMatchObject({
      code: "device.stream-limit",
    });
    const full = await start({ release });
    await addByHand(full, "door", "rtsp://192.0.2.8/1");
    await expect((await drive(full)).add(camera("door"), "r")).rejects.toMatchObject({
      code: "stream.local-name-conflict",
    });
  });

  it("calls no camera added that the list does not show", async () => {
    const driver = await drive(await start({ release }));
    await expect(driver.add(camera("door", "rtsp://192.0.2.7/mute"), "r")).rejects.toMatchObject({
      code: "native.refused",
      message: expect.stringContaining("does not list") as string,
    });
  });

  it("removes by the URL that was added, also after the agent was started again", async () => {
    const nvidia = await start({ release });
    const memory = new Memory();
    const first = await drive(nvidia, { memory });
    await first.add(camera("door", "rtsp://u:secret@192.0.2.7/old"), "r");
    const second = await drive(nvidia, { memory });
    await second.add(camera("door", "rtsp://u:secret@192.0.2.7/old"), "r");
    await second.remove(camera("door", "rtsp://192.0.2.7/new"), "r");
    expect(await names(second)).toEqual([]);
    expect(new AddedUrls(memory).of("door")).toEqual([]);
  });

  it("knows a camera again that was added for an agent which died before the answer", async () => {
    const nvidia = await start({ release });
    const memory = new Memory();
    const door = camera("door", "rtsp://u:secret@192.0.2.7/door");
    await new AddedUrls(memory).adding(door);
    const driver = await drive(nvidia, { memory });
    expect(await names(driver)).toEqual([]);
    await addByHand(nvidia, "door", door.url);
    const { streams } = await driver.list();
    expect(streams).toMatchObject([{ url: "rtsp://192.0.2.7/door", hasCredentials: true }]);
    await driver.removeUnmanaged("door", "r");
    expect(await names(driver)).toEqual([]);
  });

  it("takes a camera of its own name for somebody else's once it was dropped, or refused", async () => {
    const nvidia = await start({ release });
    const memory = new Memory();
    const driver = await drive(nvidia, { memory });
    await driver.add(camera("door"), "r");
    nvidia.vanish("door");
    await driver.list();
    await addByHand(nvidia, "door", "rtsp://192.0.2.8/1");
    await expect(driver.add(camera("door"), "r")).rejects.toMatchObject({
      code: "stream.local-name-conflict",
    });
    expect(new AddedUrls(memory).names()).toEqual([]);
  });

  it("calls no camera removed that the list still shows", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await addByHand(nvidia, "door", "rtsp://192.0.2.8/1");
    await expect(driver.remove(camera("door"), "r")).rejects.toMatchObject({
      code: "native.refused",
    });
    await expect(driver.removeUnmanaged("door", "r")).rejects.toMatchObject({
      code: "command.unsupported",
      hint: expect.stringContaining("URL") as string,
    });
    expect(await names(driver)).toEqual(["door"]);
  });

  it("sets what holds for all streams", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await driver.setShared({ key: "mux.batchedPushTimeoutUs", value: 40_000 }, "r");
    await driver.setShared({ key: "mux.maxLatencyNs", value: 7 }, "r");
    const { shared } = nvidia.look();
    expect(shared).toEqual({
      "/api/v1/mux/batched-push-timeout": 40_000,
      "/api/v1/mux/max-latency": 7,
    });
  });

  it("says what the server has no words for, and sends nothing", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    const before = nvidia.look().asked.filter(({ method }) => method === "POST").length;
    const refusals: readonly (() => Promise<void>)[] = [
      () => driver.set(ref("door"), { key: "encoder.codec", value: "h265" }, "r"),
      () => driver.set(ref("door"), { key: "detector.kinds", value: [] }, "r"),
      () => driver.set(ref("door"), { key: "detector.rois", value: [] }, "r"),
      () => driver.set(ref("door"), { key: "encoder.bitrate", value: 1 }, "r"),
      () => driver.setShared({ key: "osd.processMode", value: "off" }, "r"),
      () => driver.setShared({ key: "encoder.iframeInterval", value: "auto" }, "r"),
      () => driver.setShared({ key: "tracker.configPath", value: "" }, "r"),
    ];
    for (const refused of refusals)
      await expect(refused()).rejects.toMatchObject({ code: "command.unsupported" });
    await expect(driver.snapshot()).rejects.toMatchObject({ code: "command.unsupported" });
    const { asked } = nvidia.look();
    expect(asked.filter(({ method }) => method === "POST")).toHaveLength(before);
  });

  it("asks for JSON, with bodies whose length is known", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    const { asked } = nvidia.look();
    for (const { accept, isChunked } of asked)
      expect({ accept, isChunked }).toEqual({ accept: "application/json", isChunked: false });
  });
});

describe.concurrent("DeepStream 7.1", () => {
  it("has no word for a stream, because it does not tell its number", async () => {
    const nvidia = await start({ release: "7.1" });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    for (const call of [
      () => driver.set(ref("door"), dropFrames, "r"),
      () => driver.forceIdr(ref("door"), "r"),
      () => driver.forceIntra(ref("door"), "r"),
      () => driver.reloadAnalytics("/etc/analytics.txt", "r"),
    ])
      await expect(call()).rejects.toMatchObject({ code: "command.unsupported" });
    expect(nvidia.look().sources[0]?.settings).toEqual({});
  });
});

describe.concurrent.each(["8.0", "9.1"] as const)("DeepStream %s, stream by stream", (release) => {
  it("gets every setting under its own number, and no other stream does", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await driver.add(camera("yard"), "r");
    await driver.add(camera("door"), "r");
    const settings: readonly Setting[] = [
      dropFrames,
      { key: "decoder.skipFrames", value: "nonKey" },
      { key: "decoder.lowLatencyMode", value: true },
      { key: "converter.srcCrop", value: "0:0:640:360" },
      { key: "converter.destCrop", value: "1:2:3:4" },
      { key: "converter.flipMethod", value: 2 },
      { key: "converter.interpolationMethod", value: 1 },
      { key: "detector.rois", value: [{ id: "gate", left: 1, top: 2, width: 3, height: 4 }] },
    ];
    // What the agent saw last may be another stream's number by now.
    for (const setting of settings)
      await driver.set({ localName: "door", sourceId: 0 }, setting, "r");
    const { sources } = nvidia.look();
    expect(sources.map(({ cameraId, settings: set }) => [cameraId, set])).toEqual([
      [
        "door",
        {
          "/api/v1/dec/drop-frame-interval": 5,
          "/api/v1/dec/skip-frames": 2,
          "/api/v1/dec/low-latency-mode": true,
          "/api/v1/conv/srccrop": "0:0:640:360",
          "/api/v1/conv/destcrop": "1:2:3:4",
          "/api/v1/conv/flip-method": 2,
          "/api/v1/conv/interpolation-method": 1,
          "/api/v1/roi/update": [{ roi_id: "gate", left: 1, top: 2, width: 3, height: 4 }],
        },
      ],
      ["yard", {}],
    ]);
  });

  it("sets for all what it has for all, once there is a stream", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    const settings: readonly Setting[] = [
      { key: "detector.interval", value: 32 },
      { key: "detector.interval", value: 33 },
      { key: "osd.processMode", value: "gpu" },
      { key: "tracker.configPath", value: "/opt/tracker.yml" },
      { key: "encoder.bitrate", value: 4_000_000 },
      { key: "encoder.iframeInterval", value: 30 },
    ];
    await expect(driver.setShared(settings[0] as Setting, "r")).rejects.toMatchObject({
      code: "pipeline.unavailable",
    });
    await driver.add(camera("door"), "r");
    for (const setting of settings) await driver.setShared(setting, "r");
    await driver.reloadAnalytics("/opt/analytics.txt", "r");
    expect(nvidia.look().shared).toEqual({
      "/api/v1/infer/set-interval": 32,
      "/api/v1/inferserver/set-interval": 33,
      "/api/v1/osd/process-mode": 1,
      "/api/v1/nvtracker/config-path": "/opt/tracker.yml",
      "/api/v1/enc/bitrate": 4_000_000,
      "/api/v1/enc/iframe-interval": 30,
      "/api/v1/analytics/reload-config": "/opt/analytics.txt",
    });
  });

  it("never calls a forced frame done", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    for (const call of [
      () => driver.forceIdr(ref("door"), "r"),
      () => driver.forceIntra(ref("door"), "r"),
    ])
      await expect(call()).rejects.toMatchObject({ code: "command.outcome-unknown" });
    expect(nvidia.look().shared).toEqual({
      "/api/v1/enc/force-idr": true,
      "/api/v1/enc/force-intra": true,
    });
  });

  it("does not call a setting done that may have met another stream", async () => {
    const nvidia = await start({ release, maxBatchSize: 2 });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    nvidia.delay("/api/v1/dec/drop-frame-interval", 500);
    const set = driver.set(ref("door"), dropFrames, "r");
    const refused = expect(set).rejects.toMatchObject({ code: "command.outcome-unknown" });
    await expect
      .poll(() => nvidia.look().asked.some(({ path }) => path.includes("/dec/")))
      .toBe(true);
    nvidia.vanish("door");
    await addByHand(nvidia, "door", "rtsp://192.0.2.7/door");
    await refused;
  });

  it("takes a camera that came back under another number for somebody else's", async () => {
    const nvidia = await start({ release });
    const memory = new Memory();
    const driver = await drive(nvidia, { memory });
    await driver.add(camera("door"), "r");
    nvidia.vanish("door");
    await addByHand(nvidia, "door", "rtsp://192.0.2.8/1");
    expect((await driver.list()).streams).toMatchObject([{ url: "", hasCredentials: false }]);
    expect(new AddedUrls(memory).names()).toEqual([]);
  });

  it("sends no value that it would refuse, take for another or die of", async () => {
    const nvidia = await start({ release });
    const driver = await drive(nvidia);
    await driver.add(camera("door"), "r");
    const bad = [
      { key: "decoder.dropFrameInterval", value: 31 },
      { key: "decoder.dropFrameInterval", value: "5" },
      { key: "decoder.skipFrames", value: "all" },
      { key: "converter.srcCrop", value: "left" },
      { key: "converter.flipMethod", value: -1 },
    ] as unknown as readonly Setting[];
    for (const setting of bad)
      await expect(driver.set(ref("door"), setting, "r")).rejects.toMatchObject({
        code: "input.invalid",
      });
    for (const value of ["tracker.yml", "/opt/a\nb"])
      await expect(
        driver.setShared({ key: "tracker.configPath", value }, "r"),
      ).rejects.toMatchObject({ code: "input.invalid" });
    const { sources, shared } = nvidia.look();
    expect([sources[0]?.settings, shared]).toEqual([{}, {}]);
  });
});
