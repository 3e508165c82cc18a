import { describe, expect, test } from "vitest";
import { readBody, readSensor, readStreamKey } from "./schema.ts";
import { readSettingCall } from "./settings.ts";
import { settingRows } from "./setting-table.ts";

/** What is asked for, or the reason of the refusal. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a sensor", () => {
  const value = { camera_id: "a", camera_url: "rtsp://b/1", change: "camera_add" };
  const sensor = { change: "add", cameraId: "a", cameraName: "", cameraUrl: "rtsp://b/1" };
  const unknown = "Sensor API change string not supported";
  const noObject =
    "STREAM ADD/REMOVE_FAIL, error: in Json::Value::find(begin, end): requires objectValue or nullValue";
  const noText = "STREAM ADD/REMOVE_FAIL, error: Type is not convertible to string";

  test.each<[string, unknown, unknown]>([
    ["in value", { value }, sensor],
    ["in event", { event: value }, sensor],
    ["in both", { event: { ...value, camera_id: "b" }, value }, sensor],
    ["to be added when it streams", { event: { ...value, change: "camera_streaming" } }, sensor],
    ["to be removed", { value: { ...value, change: "x remove" } }, { ...sensor, change: "remove" }],
    ["with a number as id", { value: { ...value, camera_id: 7 } }, { ...sensor, cameraId: "7" }],
    [
      "with what is not used",
      { key: 1, headers: { a: 1 }, value: { ...value, metadata: { b: true } } },
      sensor,
    ],
    ["flat", value, unknown],
    ["in nothing", undefined, unknown],
    ["in an empty list", [], unknown],
    ["in a list", [1], noObject],
    ["as a text", { value: "a" }, unknown],
    ["as a list", { value: [] }, noObject],
    ["of another change", { value: { ...value, change: "Camera_Add" } }, unknown],
    ["without a change", { value: { ...value, change: undefined } }, unknown],
    ["with a list as id", { value: { ...value, camera_id: [] } }, noText],
    ["with a list as key", { key: [], value }, noText],
    ["with a list in its metadata", { value: { ...value, metadata: { a: [] } } }, noText],
    [
      "with a text as metadata",
      { value: { ...value, metadata: "x" } },
      "STREAM ADD/REMOVE_FAIL, error: in Json::Value::getMemberNames(), value must be objectValue",
    ],
    ["without a URL", { value: { ...value, camera_url: "" } }, "STREAM_ADD_FAIL, Source url empty"],
    ["without an id", { value: { ...value, camera_id: "" } }, "STREAM_ADD_FAIL, Source id empty"],
    [
      "without a URL, by what DeepStream then calls it",
      { event: { change: "camera_streaming" } },
      "STREAM_REMOVE_FAIL, Source url empty",
    ],
    [
      "with an id that is too long",
      { value: { ...value, camera_id: "x".repeat(129) } },
      "STREAM_ADD_FAIL, Source id too long",
    ],
    [
      "with an id that can be no name",
      { value: { ...value, camera_id: "a/" } },
      "STREAM_ADD_FAIL, Source id not usable",
    ],
  ])("%s", (_, body, read) => {
    expect(outcome(() => readSensor(body))).toEqual(read);
  });
});

test.each<[unknown, number | string | undefined]>([
  [0, 0],
  ["0", 0],
  ["007", 7],
  [-1, -1],
  ["cam", "cam"],
  ["7x", "7x"],
  [1.5, undefined],
  ["", undefined],
  [null, undefined],
  [true, undefined],
  [{}, undefined],
  ["99999999999", undefined],
])("the stream_id %j is %j", (value, key) => {
  expect(readStreamKey(value)).toBe(key);
});

const at = (path: string, fields: object | undefined): unknown => {
  const row = settingRows.find((each) => each.path === path);
  if (!row) throw new Error(`there is no row ${path}`);
  return outcome(() => {
    const { stream, action } = readSettingCall(fields && { any: fields }, row);
    return [stream, action.kind === "setting" ? action.setting : action];
  });
};
const id = { stream_id: "0" };
const area = { roi_id: "a", left: 1, top: 2, width: 3, height: 4 };
const { roi_id: _, ...place } = area;
const badCrop =
  "src_crop value not parsed correctly,  Use string with values of crop location to set the property. e.g. 20:20:40:50";

test.each<[string, object | undefined, unknown]>([
  ["/dec/drop-frame-interval", { ...id, drop_frame_interval: 30 }, "decoder.dropFrameInterval=30"],
  ["/dec/drop-frame-interval", { ...id, drop_frame_interval: true }, "decoder.dropFrameInterval=1"],
  [
    "/dec/drop-frame-interval",
    { ...id, drop_frame_interval: 31 },
    "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop_frame_interval value not parsed correctly, Range: 0 - 30",
  ],
  [
    "/dec/drop-frame-interval",
    { ...id, drop_interval: 3 },
    "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop_frame_interval value not parsed correctly, Range: 0 - 30",
  ],
  [
    "/dec/drop-frame-interval",
    { ...id, drop_frame_interval: "3" },
    "DROP_FRAME_INTERVAL_UPDATE_FAIL, error: Value is not convertible to UInt.",
  ],
  [
    "/dec/drop-frame-interval",
    { drop_frame_interval: 3 },
    "DROP_FRAME_INTERVAL_UPDATE_FAIL, stream_id value not parsed correctly",
  ],
  [
    "/dec/drop-frame-interval",
    undefined,
    "DROP_FRAME_INTERVAL_UPDATE_FAIL, stream_id value not parsed correctly",
  ],
  ["/dec/skip-frames", { ...id, skip_frames: 2 }, 'decoder.skipFrames="nonKey"'],
  [
    "/dec/skip-frames",
    { ...id, skip_frames: 3 },
    "SKIP_FRAMES_UPDATE_FAIL, skip_frames value not parsed correctly, Range: 0-2",
  ],
  ["/dec/low-latency-mode", { ...id, low_latency_mode: 1 }, "decoder.lowLatencyMode=true"],
  ["/infer/set-interval", { ...id, interval: 32 }, "detector.interval=32"],
  [
    "/infer/set-interval",
    { ...id, interval: 33 },
    "INFER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. Range: 0 - 32 ",
  ],
  ["/inferserver/set-interval", { ...id, interval: 2 ** 31 - 1 }, "detector.interval=2147483647"],
  [
    "/inferserver/set-interval",
    { ...id, interval: 2 ** 31 },
    "INFERSERVER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. Range: 0 - 2147483647 ",
  ],
  ["/osd/process-mode", { ...id, process_mode: 0 }, 'osd.processMode="cpu"'],
  ["/nvtracker/config-path", { ...id, config_path: "/a/b.yml" }, 'tracker.configPath="/a/b.yml"'],
  [
    "/nvtracker/config-path",
    { ...id, config_path: "" },
    "NVTRACKER_CONFIG_UPDATE_FAIL, config_path value not parsed correctly",
  ],
  ["/enc/bitrate", { ...id, bitrate: 2_000_000 }, "encoder.bitrate=2000000"],
  [
    "/enc/bitrate",
    { ...id, bitrate: 0 },
    "BITRATE_UPDATE_FAIL, bitrate value not parsed correctly",
  ],
  [
    "/enc/bitrate",
    { ...id, bitrate: 2 ** 32 },
    "BITRATE_UPDATE_FAIL, error: LargestInt out of UInt range",
  ],
  ["/enc/iframe-interval", { ...id, iframeinterval: 256 }, "encoder.iframeInterval=256"],
  [
    "/enc/iframe-interval",
    { ...id, iframeinterval: 257 },
    "IFRAME_INTERVAL_UPDATE_FAIL, iframeinterval value not parsed correctly, Unsigned Integer Range: 0 - 4294967295",
  ],
  ["/conv/srccrop", { ...id, src_crop: "1:2:3:4" }, 'converter.srcCrop="1:2:3:4"'],
  ["/conv/srccrop", { ...id, src_crop: "0:0:0:0" }, 'converter.srcCrop="0:0:0:0"'],
  ["/conv/srccrop", { ...id, src_crop: "1:2:0:4" }, badCrop],
  ["/conv/srccrop", { ...id, src_crop: "1:2:3" }, badCrop],
  ["/conv/srccrop", { ...id, src_crop: " 1:2:3:4" }, badCrop],
  [
    "/conv/srccrop",
    { src_crop: "nonsense" },
    "SRC_CROP_UPDATE_FAIL, stream_id value not parsed correctly",
  ],
  ["/conv/flip-method", { ...id, flip_method: 7 }, "converter.flipMethod=7"],
  [
    "/conv/flip-method",
    { ...id, flip_method: 8 },
    "flip_method value not parsed correctly, Enum value range 0-7",
  ],
  ["/mux/batched-push-timeout", { batched_push_timeout: -1 }, "mux.batchedPushTimeoutUs=-1"],
  [
    "/mux/batched-push-timeout",
    undefined,
    "BATCHED_PUSH_TIMEOUT_UPDATE_FAIL, batched_push_timeout value not parsed correctly,  Range: -1 - 2147483647",
  ],
  ["/mux/max-latency", { max_latency: 5 }, "mux.maxLatencyNs=5"],
  ["/app/quit", { app_quit: 0 }, "QUIT_FAIL, app_quit must be 1"],
  ["/enc/force-idr", { ...id, force_idr: 0 }, "FORCE_IDR_UPDATE_FAIL, force_idr must be 1"],
  [
    "/roi/update",
    { ...id, roi_count: 1, roi: [area] },
    'detector.rois=[{"id":"a","left":1,"top":2,"width":3,"height":4}]',
  ],
  ["/roi/update", { ...id, roi: [area] }, "ROI_UPDATE_FAIL, roi id is 0"],
  ["/roi/update", { ...id, roi_count: 1 }, "ROI_UPDATE_FAIL, roi is empty"],
  [
    "/roi/update",
    { ...id, roi_count: 2, roi: [area] },
    "ROI_UPDATE_FAIL, error: roi_count is not the number of entries in roi",
  ],
  [
    "/roi/update",
    { ...id, roi_count: 2, roi: [area, area] },
    "ROI_UPDATE_FAIL, error: a roi_id is there twice",
  ],
  [
    "/roi/update",
    { ...id, roi_count: 1, roi: [place] },
    "ROI_UPDATE_FAIL, error: roi has no roi_id",
  ],
  [
    "/roi/update",
    { ...id, roi_count: 1, roi: [{ ...area, width: 0 }] },
    "ROI_UPDATE_FAIL, error: roi has no area",
  ],
  [
    "/roi/update",
    { roi_count: 1, roi: [area] },
    "ROI_UPDATE_FAIL, stream_id value not parsed correctly",
  ],
])("%s with %j", (path, fields, expected) => {
  const read = at(path, fields);
  if (!Array.isArray(read)) return expect(read).toBe(expected);
  const [, { key, value }] = read as [unknown, { key: string; value: unknown }];
  return expect(`${key}=${JSON.stringify(value)}`).toBe(expected);
});

test("of several roots the last in alphabetical order counts", () => {
  const row = settingRows.find(({ path }) => path === "/enc/bitrate")!;
  const body = { b: { stream_id: "cam", bitrate: 2 }, a: { stream_id: "0", bitrate: 1 } };
  expect(readSettingCall(body, row)).toMatchObject({ stream: "cam" });
});

test("a body that no table could hold is refused", () => {
  expect(outcome(() => readBody('{"a":"\\ud800"}'))).toContain("well-formed");
});
