/**
 * Every request of DeepStream's page, in its order: first to the box's own port, as the page does, then to the cloud. Each answer is
 * the page's, both addresses give the same one to the byte, and both leave the same behind.
 */
import { PipelineStreams } from "@sightline/contracts/pipeline-api";
import { sightlinePaths } from "@sightline/contracts/pipeline-paths";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { signal } from "../support/process.ts";
import { convergedMs, inSync } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";
import { readCurls, send, type DocumentRequest, type WireAnswer } from "./transcript.ts";

const cameraId = "uniqueSensorID1";
const device = "jetson-1";

const [add, addEvent, remove, ...rest] = readCurls(
  new URL("deepstream-7.1.txt", import.meta.url),
) as [DocumentRequest, DocumentRequest, DocumentRequest, ...DocumentRequest[]];
const isQuit = ({ path }: DocumentRequest): boolean => path.endsWith("/app/quit");
/** The page adds one camera_id twice, and quits before it asks what runs. */
const adding = [add, remove, addEvent];
const setting = rest.filter((request) => !isQuit(request));
const quitting = rest.filter(isQuit);

/** Of success, by what stands behind `/api/v1`. */
const reasons: Readonly<Record<string, string>> = {
  "/stream/add": "STREAM_ADD_SUCCESS",
  "/stream/remove": "STREAM_REMOVE_SUCCESS",
  "/roi/update": "ROI_UPDATE_SUCCESS",
  "/dec/drop-frame-interval": "DROP_FRAME_INTERVAL_UPDATE_SUCCESS",
  "/dec/skip-frames": "SKIP_FRAMES_UPDATE_SUCCESS",
  "/infer/set-interval": "INFER_INTERVAL_UPDATE_SUCCESS",
  "/inferserver/set-interval": "INFERSERVER_INTERVAL_UPDATE_SUCCESS",
  "/enc/force-idr": "FORCE_IDR_UPDATE_SUCCESS",
  "/enc/force-intra": "FORCE_INTRA_UPDATE_SUCCESS",
  "/enc/bitrate": "BITRATE_UPDATE_SUCCESS",
  "/enc/iframe-interval": "IFRAME_INTERVAL_UPDATE_SUCCESS",
  "/mux/batched-push-timeout": "BATCHED_PUSH_TIMEOUT_UPDATE_SUCCESS",
  "/conv/srccrop": "SRC_CROP_UPDATE_SUCCESS",
  "/conv/destcrop": "DEST_CROP_UPDATE_SUCCESS",
  "/conv/flip-method": "FLIP_METHOD_UPDATE_SUCCESS",
  "/conv/interpolation-method": "INTERPOLATION_METHOD_UPDATE_SUCCESS",
  "/osd/process-mode": "PROCESS_MODE_UPDATE_SUCCESS",
  "/app/quit": "QUIT_SUCCESS",
  "/stream/get-stream-info": "GET_LIVE_STREAM_INFO_SUCCESS",
};

/** What the page's requests set; the bitrate is what it was. */
const settings = {
  "detector.rois": [
    { id: "0", left: 100, top: 300, width: 400, height: 400 },
    { id: "1", left: 550, top: 300, width: 500, height: 500 },
  ],
  "decoder.dropFrameInterval": 2,
  "decoder.skipFrames": "nonKey",
  "detector.interval": 2,
  "encoder.bitrate": 2_000_000,
  "encoder.iframeInterval": 50,
  "converter.srcCrop": "200:200:400:500",
  "converter.destCrop": "100:200:400:500",
  "converter.flipMethod": 2,
  "converter.interpolationMethod": 2,
  "osd.processMode": "cpu",
};
const batchedPushTimeoutUs = 100_000;

let system: System;
/** To each address in its turn; the other one's answer must be the same. */
const said = new Map<string, readonly WireAnswer[]>();

beforeAll(async () => {
  system = await System.start({ args: ["--cameras", "1"] });
});
afterAll(() => system.dispose());

async function replay(
  base: string,
  requests: readonly DocumentRequest[],
): Promise<readonly WireAnswer[]> {
  const [cameraUrl] = system.ready.cameras;
  const answers: WireAnswer[] = [];
  for (const { body, ...request } of requests) {
    const own = body?.replace(/("camera_url": )"[^"]+"/, `$1"${cameraUrl}"`);
    const answer = await send(base, { ...request, body: own });
    answers.push(answer);
    const reason = reasons[request.path.replace("/api/v1", "")];
    expect([request.path, JSON.parse(answer.text)]).toMatchObject([
      request.path,
      { reason, status: "HTTP/1.1 200 OK" },
    ]);
    expect([answer.status, answer.type]).toEqual([200, "text/plain"]);
  }
  return answers;
}

const streamOf = async () => (await system.call(`/v1/streams/${cameraId}`)).body;

/** Its number is to be the page's, 0: the pipeline is a fresh one, and the device has no stream. */
async function clear(): Promise<void> {
  const { body } = await system.call("/v1/streams");
  for (const { id } of body.items as { id: string }[])
    await system.call(`/v1/streams/${id}`, { method: "DELETE", headers: { prefer: "wait=10" } });
  await system.call(`/v1/devices/${device}`, {
    method: "PATCH",
    body: { pipeline: "running", settings: null },
  });
  const { pipeline } = system.ready.pids;
  signal(pipeline, "SIGKILL");
  await waitFor("another pipeline", () => system.ready.pids.pipeline !== pipeline, {
    timeoutMs: convergedMs,
  });
  await inSync(system);
}

/** Of the settings, as the pipeline itself lists them. */
const listed = {
  dropFrameInterval: 2,
  skipFrames: 2,
  bitrate: 2_000_000,
  iframeInterval: 50,
  srcCrop: "200:200:400:500",
  destCrop: "100:200:400:500",
  flipMethod: 2,
  interpolationMethod: 2,
  detection: { interval: 2, osd: true, rois: settings["detector.rois"] },
};

/** What is asked of the pipeline that runs now, not what was reported of one before. */
async function runningStreams() {
  const { url, token } = system.ready.pipeline;
  const response = await fetch(`${url}${sightlinePaths.streams}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { streams, shared } = PipelineStreams.parse(await response.json());
  return { streams, shared };
}

/** The stream runs with what the page's requests have set, and nothing has changed that nobody wanted. */
async function expectSettings(): Promise<void> {
  await inSync(system);
  await vi.waitFor(
    async () => {
      const { streams } = await runningStreams();
      expect(streams).toMatchObject([
        { camera_id: cameraId, source_id: 0, state: "running", applied: listed },
      ]);
      expect((await streamOf()).state).toBe("running");
    },
    { timeout: convergedMs, interval: 100 },
  );
  const stream = await streamOf();
  const { "encoder.bitrate": bitrate, ...changed } = settings;
  expect(stream).toMatchObject({ name: cameraId, localName: cameraId, title: "front_door" });
  expect(stream).toMatchObject({ settings: changed, delta: {} });
  expect(stream.reported.applied.settings).toMatchObject({
    ...changed,
    "encoder.bitrate": bitrate,
  });
  const { body } = await system.call(`/v1/devices/${device}/drift`);
  expect(body).toEqual({ streams: [], settings: [], deviceSettings: [] });
}

describe("the page's requests", () => {
  test("to the box are answered as the page says, and what they do can be taken over", async () => {
    await clear();
    const box = system.ready.pipeline.url;
    const added = await replay(box, adding);
    const adopt = (what: object) =>
      system.call(`/v1/devices/${device}/drift/adopt`, { method: "POST", body: what });
    await waitFor(
      "the stream can be adopted",
      async () => {
        const { status } = await adopt({ localName: cameraId, title: "front_door" });
        return status === 201 || Promise.reject(new Error(String(status)));
      },
      { timeoutMs: convergedMs },
    );
    await inSync(system);
    const set = await replay(box, setting);
    await waitFor(
      "all settings can be adopted",
      async () => {
        const { body } = await system.call(`/v1/devices/${device}/drift`);
        const keys = Object.keys(settings).filter((key) => key !== "encoder.bitrate");
        const drifted = (body.settings as { key: string }[]).map(({ key }) => key);
        return (
          keys.every((key) => drifted.includes(key)) ||
          Promise.reject(new Error(JSON.stringify(body)))
        );
      },
      { timeoutMs: convergedMs },
    );
    expect((await adopt({ stream: cameraId })).status).toBe(200);
    await expectSettings();
    said.set("box", [...added, ...set, ...(await replay(box, quitting))]);
    // The box's own quit ends its pipeline; that it is to run has not changed, and so has nothing else.
    await expectSettings();
  });

  test("to the cloud are answered the same, to the byte, and leave the same", async () => {
    await clear();
    const body = {
      name: "page",
      device,
      scopes: ["streams:read", "streams:write", "devices:write", "commands:write"],
    };
    const { token } = (await system.call("/v1/tokens", { method: "POST", body })).body;
    const cloud = system.ready.deepstream.replace("//", `//${token}@`);
    const answers = [...(await replay(cloud, adding)), ...(await replay(cloud, setting))];
    await expectSettings();
    const { settings: own } = (await system.call(`/v1/devices/${device}`)).body;
    expect(own).toEqual({ "mux.batchedPushTimeoutUs": batchedPushTimeoutUs });
    answers.push(...(await replay(cloud, quitting)));
    expect((await system.call(`/v1/devices/${device}`)).body.pipeline).toBe("stopped");
    expect(answers).toEqual(said.get("box"));
  });

  test("are still carried out when the pipeline runs again", async () => {
    const { status } = await system.call(`/v1/devices/${device}`, {
      method: "PATCH",
      body: { pipeline: "running" },
    });
    expect(status).toBe(200);
    await expectSettings();
  });

  test("are still carried out after kill -9 of pipeline, agent and control plane", async () => {
    const { pipeline, agent } = system.ready.pids;
    for (const pid of [pipeline, agent]) signal(pid, "SIGKILL");
    await system.crash();
    await system.start();
    await expectSettings();
    const { settings: own } = (await system.call(`/v1/devices/${device}`)).body;
    expect(own).toEqual({ "mux.batchedPushTimeoutUs": batchedPushTimeoutUs });
    expect((await runningStreams()).shared?.batchedPushTimeout).toBe(batchedPushTimeoutUs);
  });
});
