import { expect, it } from "vitest";
import { settingKeys, type Setting } from "@sightline/contracts/settings";
import { settingRequest } from "./setting-request.ts";

const roi = { id: "door", left: 1, top: 2, width: 3, height: 4 };

/** `path {fields}` below /api/v1, `output {…}` or `detection {…}`. */
function text(setting: Setting): string {
  const request = settingRequest(setting, 7);
  if (request.kind !== "deepstream")
    return `${request.kind} ${JSON.stringify("body" in request ? request.body : request.change)}`;
  const { stream } = request.body as { stream: Record<string, unknown> };
  const { stream_id: id = "-", ...fields } = stream;
  return `${request.path.replace("/api/v1", "")} ${String(id)} ${JSON.stringify(fields)}`;
}

const rows: readonly (readonly [Setting, string])[] = [
  [
    { key: "decoder.dropFrameInterval", value: 5 },
    '/dec/drop-frame-interval 7 {"drop_frame_interval":5}',
  ],
  [{ key: "decoder.skipFrames", value: "nonKey" }, '/dec/skip-frames 7 {"skip_frames":2}'],
  [
    { key: "decoder.lowLatencyMode", value: true },
    '/dec/low-latency-mode 7 {"low_latency_mode":1}',
  ],
  [{ key: "converter.srcCrop", value: "1:2:3:4" }, '/conv/srccrop 7 {"src_crop":"1:2:3:4"}'],
  [{ key: "converter.destCrop", value: "1:2:3:4" }, '/conv/destcrop 7 {"dest_crop":"1:2:3:4"}'],
  [{ key: "converter.flipMethod", value: 2 }, '/conv/flip-method 7 {"flip_method":2}'],
  [
    { key: "converter.interpolationMethod", value: 1 },
    '/conv/interpolation-method 7 {"interpolation_method":1}',
  ],
  [{ key: "detector.kinds", value: [] }, 'detection {"detectors":[]}'],
  [{ key: "detector.rois", value: [] }, 'detection {"rois":[]}'],
  [
    { key: "detector.rois", value: [roi] },
    '/roi/update 7 {"roi_count":1,"roi":[{"roi_id":"door","left":1,"top":2,"width":3,"height":4}]}',
  ],
  [{ key: "detector.interval", value: 32 }, '/infer/set-interval 7 {"interval":32}'],
  [{ key: "detector.interval", value: 33 }, '/inferserver/set-interval 7 {"interval":33}'],
  [{ key: "osd.processMode", value: "off" }, 'detection {"osd":false}'],
  [{ key: "osd.processMode", value: "cpu" }, '/osd/process-mode 7 {"process_mode":0}'],
  [{ key: "osd.processMode", value: "gpu" }, '/osd/process-mode 7 {"process_mode":1}'],
  [{ key: "tracker.configPath", value: "" }, 'detection {"trackerConfig":""}'],
  [
    { key: "tracker.configPath", value: "/a.yml" },
    '/nvtracker/config-path 7 {"config_path":"/a.yml"}',
  ],
  [{ key: "encoder.bitrate", value: 9 }, '/enc/bitrate 7 {"bitrate":9}'],
  [{ key: "encoder.iframeInterval", value: "auto" }, 'output {"iframeInterval":null}'],
  [{ key: "encoder.iframeInterval", value: 0 }, '/enc/iframe-interval 7 {"iframeinterval":0}'],
  [{ key: "encoder.codec", value: "h265" }, 'output {"codec":"h265"}'],
  [
    { key: "mux.batchedPushTimeoutUs", value: -1 },
    '/mux/batched-push-timeout - {"batched_push_timeout":-1}',
  ],
  [{ key: "mux.maxLatencyNs", value: 5 }, '/mux/max-latency - {"max_latency":5}'],
];

it.each(rows)("carries out %j", (setting, request) => {
  expect(text(setting)).toBe(request);
});

it("has a request for every setting", () => {
  expect([...new Set(rows.map(([{ key }]) => key))].toSorted()).toEqual(
    [...settingKeys].toSorted(),
  );
});
