/** Settings, commands and the rest of DeepStream's dialect: where they end up, and what its client hears. */
import { type ReportedError } from "@sightline/contracts/stream-report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DeepstreamClient, dialectToken } from "../support/deepstream.ts";
import { healthReport } from "../support/device-report.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
/** Of a box that is online, with one stream. */
let client: DeepstreamClient;
let camera: string;
/** Of one that was never there. */
let away: DeepstreamClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = new DeepstreamClient(cloud, await (await cloud.addBox()).comeOnline());
  camera = freshName("cam");
  await client.add(camera);
  away = new DeepstreamClient(cloud, await cloud.addBox());
});
afterAll(() => cloud.close());

const refusal: ReportedError = { code: "native.refused", text: "said the box" };
const offline = "the device is offline; kept until it connects";
const settingsOf = async (name: string) =>
  (await cloud.call(`/v1/streams/${encodeURIComponent(name)}`)).body.settings;
const deviceOf = async ({ box }: DeepstreamClient) =>
  (await cloud.call(`/v1/devices/${box.device}`)).body;

/** A client of a box of its own, with one stream, whose pipeline has these controls. */
async function fresh(controls: Record<string, "stream" | "device"> = {}) {
  const box = await (await cloud.addBox()).comeOnline();
  const own = new DeepstreamClient(cloud, box, controls);
  const id = freshName("cam");
  await own.add(id);
  await own.box.reportOwn({ controls });
  await waitFor(
    "the controls are known",
    async () => {
      const stored = await cloud.deps.store.devices.getReport(cloud.organization, own.box.device);
      return stored !== undefined;
    },
    { timeoutMs: 5_000, pollMs: 10 },
  );
  return { own, id };
}

describe("a setting of a stream", () => {
  test.each<[string, object, string, string, unknown]>([
    [
      "/dec/drop-frame-interval",
      { drop_frame_interval: 2 },
      "DROP_FRAME_INTERVAL_UPDATE",
      "decoder.dropFrameInterval",
      2,
    ],
    ["/dec/skip-frames", { skip_frames: 2 }, "SKIP_FRAMES_UPDATE", "decoder.skipFrames", "nonKey"],
    ["/conv/srccrop", { src_crop: "1:2:3:4" }, "SRC_CROP_UPDATE", "converter.srcCrop", "1:2:3:4"],
    [
      "/roi/update",
      { roi_count: 1, roi: [{ roi_id: "a", left: 1, top: 2, width: 3, height: 4 }] },
      "ROI_UPDATE",
      "detector.rois",
      [{ id: "a", left: 1, top: 2, width: 3, height: 4 }],
    ],
  ])("%s is the stream's, once the box shows it", async (...row) => {
    const [path, fields, prefix, key, value] = row;
    const { revision } = await client.stream(camera);
    const [said] = await Promise.all([
      client.set(path, { stream_id: "0", ...fields }),
      client.done(camera, revision + 1),
    ]);
    expect(said.body).toEqual({ status: "HTTP/1.1 200 OK", reason: `${prefix}_SUCCESS` });
    expect((await settingsOf(camera))[key]).toEqual(value);
    // Again: it is so already.
    const again = await client.set(path, { stream_id: camera, ...fields });
    expect([again.status, again.body]).toEqual([200, said.body]);
    expect((await client.stream(camera)).revision).toBe(revision + 1);
  });

  test.each([
    ["an error", { error: refusal }, refusal],
    [
      "that it has no such setting",
      { applied: { url: "", settings: { "converter.flipMethod": "unsupported" } } },
      { code: "native.refused" },
    ],
    ["another value", { applied: { url: "", settings: {} } }, { code: "native.refused" }],
  ])("that the box answers with %s is taken back", async (_, some, error) => {
    const before = await client.stream(camera);
    const [said] = await Promise.all([
      client.set("/conv/flip-method", { stream_id: 0, flip_method: 3 }),
      client.done(camera, before.revision + 1, { applied: { url: "", settings: {} }, ...some }),
    ]);
    expect([said.status, said.body]).toMatchObject([
      500,
      { reason: "FLIP_METHOD_UPDATE_FAIL, flip-method update failed", error },
    ]);
    const after = await client.stream(camera);
    expect(after.settings).toEqual(before.settings);
    expect(after.revision).toBe(before.revision + 2);
    await client.done(camera, after.revision);
  });

  test("of a stream that the device has not, or that is disabled, is refused", async () => {
    const path = "/enc/bitrate";
    const missing = { reason: "BITRATE_UPDATE_FAIL, Not able to find source id" };
    for (const stream_id of ["17", -1, "nobody", "x".repeat(200)])
      expect((await client.set(path, { stream_id, bitrate: 5 })).body).toMatchObject(missing);
    const id = freshName("cam");
    await away.sensor("camera_add", { camera_id: id, camera_url: "rtsp://camera/1" });
    await cloud.call(`/v1/streams/${id}`, { method: "PATCH", body: { enabled: false } });
    expect((await away.set(path, { stream_id: id, bitrate: 5 })).body).toMatchObject(missing);
  });

  test("is kept for a box that is away", async () => {
    const id = freshName("cam");
    await away.sensor("camera_add", { camera_id: id, camera_url: "rtsp://camera/1" });
    const said = await away.set("/enc/bitrate", { stream_id: id, bitrate: 500_000 });
    expect([said.status, said.body]).toEqual([
      202,
      { status: "HTTP/1.1 202 Accepted", reason: `BITRATE_UPDATE_PENDING, ${offline}` },
    ]);
    expect(await settingsOf(id)).toEqual({ "encoder.bitrate": 500_000 });
  });

  test("is kept when the box says nothing in time", async () => {
    const { own, id } = await fresh();
    const asked = own.set("/enc/bitrate", { stream_id: id, bitrate: 500_000 });
    await own.stream(id, 2);
    cloud.letPass(5_000);
    expect((await asked).body.reason).toBe(
      "BITRATE_UPDATE_PENDING, the device has not answered yet; kept until it does",
    );
    expect(await settingsOf(id)).toEqual({ "encoder.bitrate": 500_000 });
  });

  test("is not lost when somebody else changes the stream meanwhile", async () => {
    const { own, id } = await fresh();
    const [first, second] = await Promise.all([
      own.set("/enc/bitrate", { stream_id: id, bitrate: 500_000 }),
      own.set("/conv/flip-method", { stream_id: id, flip_method: 1 }),
      own.done(id, 3),
    ]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await settingsOf(id)).toEqual({ "encoder.bitrate": 500_000, "converter.flipMethod": 1 });
  });
});

describe("a setting of all streams", () => {
  test("is the device's, once the box shows it", async () => {
    const { own } = await fresh();
    const [said] = await Promise.all([
      own.set("/mux/batched-push-timeout", { batched_push_timeout: 100_000 }),
      own.wishDone(1),
    ]);
    expect(said.body).toEqual({
      status: "HTTP/1.1 200 OK",
      reason: "BATCHED_PUSH_TIMEOUT_UPDATE_SUCCESS",
    });
    expect((await deviceOf(own)).settings).toEqual({ "mux.batchedPushTimeoutUs": 100_000 });
  });

  test("given with a stream is so, too, and the answer says it", async () => {
    const { own, id } = await fresh({ "detector.interval": "device" });
    const [said] = await Promise.all([
      own.set("/infer/set-interval", { stream_id: "0", interval: 2 }),
      own.wishDone(1),
    ]);
    expect(said.body).toEqual({
      status: "HTTP/1.1 200 OK",
      reason: "INFER_INTERVAL_UPDATE_SUCCESS",
      scope: "device",
    });
    expect((await deviceOf(own)).settings).toEqual({ "detector.interval": 2 });
    expect(await settingsOf(id)).toEqual({});
    expect((await own.set("/infer/set-interval", { stream_id: "7", interval: 2 })).status).toBe(
      500,
    );
    const token = await dialectToken(cloud, { scopes: ["streams:write"] });
    const body = { stream: { stream_id: "0", interval: 3 } };
    expect((await own.call("/api/v1/infer/set-interval", { body, token })).status).toBe(403);
    expect((await deviceOf(own)).settings).toEqual({ "detector.interval": 2 });
  });

  test("that the box refuses is taken back", async () => {
    const { own } = await fresh();
    const [said] = await Promise.all([
      own.set("/mux/max-latency", { max_latency: 5 }),
      own.wishDone(1, { error: refusal, settings: { "mux.maxLatencyNs": "unsupported" } }),
    ]);
    expect(said.body).toEqual({
      status: "HTTP/1.1 500 Internal Server Error",
      reason: "MAX_LATENCY_UPDATE_FAIL, MAX_LATENCY_UPDATE_FAIL, max-latency value not updated",
      error: refusal,
    });
    expect((await deviceOf(own)).settings).toEqual({});
  });

  test("is kept for a box that is away", async () => {
    const said = await away.set("/mux/max-latency", { max_latency: 5 });
    expect([said.status, said.body.reason]).toEqual([
      202,
      `MAX_LATENCY_UPDATE_PENDING, ${offline}`,
    ]);
    expect((await deviceOf(away)).settings).toEqual({ "mux.maxLatencyNs": 5 });
  });
});

describe("a command", () => {
  const force = (by: DeepstreamClient, stream_id: unknown) =>
    by.set("/enc/force-idr", { stream_id, force_idr: 1 });

  test.each([
    ["/enc/force-idr", { stream_id: "0", force_idr: 1 }, "stream.force-idr", "FORCE_IDR_UPDATE"],
    [
      "/enc/force-intra",
      { stream_id: "0", force_intra: 1 },
      "stream.force-intra",
      "FORCE_INTRA_UPDATE",
    ],
    [
      "/analytics/reload-config",
      { config_file_path: "/a.txt" },
      "device.reload-analytics",
      "RELOAD_CONFIG_UPDATE",
    ],
  ])("%s succeeds when the box has done it", async (...row) => {
    const [path, fields, kind, prefix] = row;
    const [said, command] = await Promise.all([
      client.set(path, fields),
      client.box.nextCommand(kind).then(async (given) => {
        await client.box.ack(given.id, "succeeded", { result: { idrFrames: 3 } });
        return given;
      }),
    ]);
    expect(said.body).toEqual({ status: "HTTP/1.1 200 OK", reason: `${prefix}_SUCCESS` });
    const stream = (await client.stream(camera)).id;
    expect(command.args).toEqual("stream_id" in fields ? { stream } : { configPath: "/a.txt" });
  });

  test("that the box refuses is refused", async () => {
    const [said] = await Promise.all([
      force(client, camera),
      client.box
        .nextCommand("stream.force-idr")
        .then(({ id }) => client.box.ack(id, "failed", { code: "native.refused", text: "no" })),
    ]);
    expect([said.status, said.body]).toMatchObject([
      500,
      { reason: "FORCE_IDR_UPDATE_FAIL, nv-enc-force-idr event not pushed" },
    ]);
  });

  test("for a stream that is not there is refused, and given to no box", async () => {
    const said = await force(client, "17");
    expect(said.body.reason).toBe("FORCE_IDR_UPDATE_FAIL, Not able to find source id");
  });

  test("for a box that is away is kept for a minute", async () => {
    const id = freshName("cam");
    await away.sensor("camera_add", { camera_id: id, camera_url: "rtsp://camera/1" });
    const said = await force(away, id);
    expect([said.status, said.body.reason]).toEqual([
      202,
      "FORCE_IDR_UPDATE_PENDING, the device is offline; kept for 60 s",
    ]);
  });
});

describe("app/quit", () => {
  test("stops the pipeline for good, and what comes after it is kept", async () => {
    const { own, id } = await fresh();
    const [said] = await Promise.all([own.set("/app/quit", { app_quit: 1 }), own.wishDone(1)]);
    expect(said.body).toEqual({ status: "HTTP/1.1 200 OK", reason: "QUIT_SUCCESS" });
    expect((await deviceOf(own)).pipeline).toBe("stopped");
    const stopped = { state: "stopped", applied: { url: "", settings: {} } } as const;
    const other = freshName("cam");
    const [set, added] = await Promise.all([
      own.set("/enc/bitrate", { stream_id: id, bitrate: 5_000 }),
      own.sensor("camera_add", { camera_id: other, camera_url: "rtsp://camera/1" }),
      own.done(id, 2, stopped),
      own.done(other, 1, stopped),
    ]);
    const why = "the pipeline is stopped; kept until it runs";
    expect([set.status, set.body.reason]).toEqual([202, `BITRATE_UPDATE_PENDING, ${why}`]);
    expect([added.status, added.body.reason]).toEqual([202, `STREAM_ADD_PENDING, ${why}`]);
    expect(await settingsOf(id)).toEqual({ "encoder.bitrate": 5_000 });
  });

  test("that the box refuses is taken back", async () => {
    const { own } = await fresh();
    const [said] = await Promise.all([
      own.set("/app/quit", { app_quit: true }),
      own.wishDone(1, { error: refusal }),
    ]);
    expect(said.body.reason).toBe(
      "QUIT_FAIL, Unable to handle force-pipeline-eos nvmultiurisrcbin",
    );
    expect((await deviceOf(own)).pipeline).toBe("running");
  });
});

describe("health", () => {
  const probes = [
    ["/api/v1/health/get-dsready-state", "health-info", "ds-ready", "GET_READY_INFO_SUCCESS"],
    ["/ready", "ready-info", "ds-ready", "GET_READY_INFO_SUCCESS"],
    ["/api/v1/live", "live-info", "ds-liveness", "GET_LIVE_INFO_SUCCESS"],
    ["/startup", "startup-info", "ds-startup", "GET_STARTUP_INFO_SUCCESS"],
  ] as const;

  test.each(probes)("%s follows the box and its pipeline", async (...row) => {
    const [path, group, field, reason] = row;
    const { own } = await fresh();
    const expectState = (status: number, word: string) =>
      expect
        .poll(async () => {
          const said = await own.call(path);
          return [said.status, said.body.reason, said.body[group]];
        })
        .toEqual([status, reason, { [field]: word }]);
    await expectState(200, "YES");
    await own.box.reportOwn({ pipeline: { state: "unavailable", restarts: 1, release: "" } });
    await expectState(503, "NO");
    expect((await away.call(path)).status).toBe(503);
  });

  test("is told to Prometheus, too", async () => {
    const { text } = await away.call("/live", { headers: { accept: "text/plain" } });
    expect(text).toContain('live_metrics{app_name="ds",metric_name="ds_liveness"} 0\n');
  });

  test("metrics are those of the last report", async () => {
    const { own, id } = await fresh();
    const none = await own.call("/api/v1/metrics");
    expect(none.body).toMatchObject({
      reason: "GET_METRICS_INFO_SUCCESS - No data available",
      "metrics-info": { "stream-count": 0, "stream-stats": [], "system-stats": {} },
    });
    const stream = await own.stream(id);
    const streams = { [stream.id]: ["running", 12.5, 900, 77, 0] as const };
    const memory = { usedBytes: 2 ** 30, totalBytes: 2 ** 32 };
    const health = healthReport({ cpuPercent: 7, memory, atMs: 5 });
    await own.box.publish("health", "report", { ...health, streams });
    await expect
      .poll(async () => (await own.call("/api/v1/metrics")).body)
      .toMatchObject({
        reason: "GET_METRICS_INFO_SUCCESS",
        "metrics-info": {
          "stream-count": 1,
          "stream-stats": [
            { fps: 12.5, frame_number: 77, sensor_id: id, sensor_name: "Door", source_id: 0 },
          ],
          "system-stats": { RAM_gb: 1, cpu_util: 7 },
        },
      });
    const { text } = await own.call("/api/v1/metrics", { headers: { accept: "text/plain" } });
    expect(text).toContain(
      `fps_metrics{app_name="ds",metric_name="stream_fps",sensor_id="${id}",sensor_name="Door",source_id="0"} 12.5\n`,
    );
    const pushed = await own.call("/api/v1/metrics", { headers: { "x-otlp-url": "http://x" } });
    expect(pushed.status).toBe(501);
  });
});

test("what it is, and what it is not", async () => {
  for (const method of ["GET", "POST", "PUT", "DELETE"])
    expect((await client.call("/version", { method })).body).toEqual({
      version: "DeepStream-SDK 7.1 - REST API Version v1",
    });
  expect((await client.call("/api/v1/metadata")).body).toMatchObject({ version: "0.0.0-test" });
  for (const kind of ["text", "image"]) {
    const said = await client.call(`/api/v1/generate_${kind}_embeddings`, { body: {} });
    expect([said.status, said.body.code]).toEqual([501, "NotImplemented"]);
  }
});
