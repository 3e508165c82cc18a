/**
 * What can be set, a row an endpoint: every text of it is DeepStream's to the letter, with its doubled spaces, missing prefixes and
 * typing errors; those of fields for which it has none are the pipeline host's. Both tables say the same, as the box and the cloud
 * are to answer alike: `native/src/http/setting-endpoints.cpp`. [DeepStream 7.1; additions of 8.0]
 */
import type { Access } from "../shared/call.ts";
import {
  crop,
  filePath,
  flag,
  intOf,
  oneOf,
  reloadAnalytics,
  rois,
  trigger,
  unsignedTo,
  type ReadAction,
} from "./setting-value.ts";

export interface SettingRow {
  /** Below `/api/v1`. */
  readonly path: string;
  /** Before `_SUCCESS`, `_PENDING` and `_FAIL`. */
  readonly prefix: string;
  readonly field: string;
  /** When the stream's number is looked at: a request with two mistakes hears of the first. */
  readonly streamId: "none" | "before" | "after";
  readonly access: Access;
  readonly read: ReadAction;
  /** 400 for a value that is missing or out of range. */
  readonly badValue: string;
  /** 500 for a stream that is not there. */
  readonly unknown: string;
  /** 500 for what the box cannot do. */
  readonly refused: string;
}

type Texts = Pick<SettingRow, "badValue" | "unknown" | "refused">;
type Kind = Pick<SettingRow, "streamId" | "access">;

const ofStream: Kind = { streamId: "after", access: "streams:write" };
const ofStreamFirst: Kind = { streamId: "before", access: "streams:write" };
const ofDevice: Kind = { streamId: "none", access: "devices:write" };

/** Reasons that begin with the prefix, as all but some of them do. */
const fail = (prefix: string, texts: Texts): Texts => ({
  badValue: `${prefix}_FAIL, ${texts.badValue}`,
  unknown: `${prefix}_FAIL, ${texts.unknown}`,
  refused: `${prefix}_FAIL, ${texts.refused}`,
});

const decoderRows: readonly SettingRow[] = [
  {
    ...ofStreamFirst,
    path: "/roi/update",
    prefix: "ROI_UPDATE",
    field: "roi",
    read: rois,
    ...fail("ROI_UPDATE", {
      badValue: "roi is empty",
      unknown: "Unable to find stream id for ROI updation",
      refused: "nv-roi-update event not pushed",
    }),
  },
  {
    ...ofStream,
    path: "/dec/drop-frame-interval",
    prefix: "DROP_FRAME_INTERVAL_UPDATE",
    field: "drop_frame_interval",
    read: unsignedTo("decoder.dropFrameInterval"),
    ...fail("DROP_FRAME_INTERVAL_UPDATE", {
      badValue: "drop_frame_interval value not parsed correctly, Range: 0 - 30",
      unknown: "drop-frame-interval not set on decoder",
      refused: "Error while setting drop-frame-interval property",
    }),
  },
  {
    ...ofStream,
    path: "/dec/skip-frames",
    prefix: "SKIP_FRAMES_UPDATE",
    field: "skip_frames",
    read: oneOf("decoder.skipFrames", ["none", "nonReference", "nonKey"]),
    ...fail("SKIP_FRAMES_UPDATE", {
      badValue: "skip_frames value not parsed correctly, Range: 0-2",
      unknown: "skip-frame not set on decoder",
      refused: "Error while setting skip-frame property",
    }),
  },
  {
    ...ofStream,
    path: "/dec/low-latency-mode",
    prefix: "LOW_LATENCY_MODE_UPDATE",
    field: "low_latency_mode",
    read: flag("decoder.lowLatencyMode"),
    ...fail("LOW_LATENCY_MODE_UPDATE", {
      badValue: "low_latency_mode value not parsed correctly",
      unknown: "low-latency-mode not set on decoder",
      refused: "Error while setting skip-frame property",
    }),
  },
];

const detectorRows: readonly SettingRow[] = [
  {
    ...ofStream,
    path: "/infer/set-interval",
    prefix: "INFER_INTERVAL_UPDATE",
    field: "interval",
    read: unsignedTo("detector.interval", 32),
    ...fail("INFER_INTERVAL_UPDATE", {
      badValue: "interval value not parsed correctly, Unsigned Integer. Range: 0 - 32 ",
      unknown: "Unable to find stream id for infer property updation",
      refused: "nv-infer-interval-update event not pushed",
    }),
  },
  {
    ...ofStream,
    path: "/inferserver/set-interval",
    prefix: "INFERSERVER_INTERVAL_UPDATE",
    field: "interval",
    read: unsignedTo("detector.interval"),
    ...fail("INFERSERVER_INTERVAL_UPDATE", {
      badValue: "interval value not parsed correctly, Unsigned Integer. Range: 0 - 2147483647 ",
      unknown: "Unable to find stream id for infer (inferserver) property updation",
      refused: "nv-infer-interval-update event not pushed",
    }),
  },
  {
    ...ofStream,
    path: "/osd/process-mode",
    prefix: "PROCESS_MODE_UPDATE",
    field: "process_mode",
    read: oneOf("osd.processMode", ["cpu", "gpu"]),
    ...fail("PROCESS_MODE_UPDATE", {
      badValue: "process_mode value not parsed correctly, Range: 0 - 1",
      unknown: "Unable to find stream id for osd property updation",
      refused: "nv-osd-process-mode-update event not pushed",
    }),
  },
  {
    ...ofStream,
    path: "/nvtracker/config-path",
    prefix: "NVTRACKER_CONFIG_UPDATE",
    field: "config_path",
    read: filePath("tracker.configPath"),
    ...fail("NVTRACKER_CONFIG_UPDATE", {
      badValue: "config_path value not parsed correctly",
      unknown: "Unable to find stream id for nvTracker property updation",
      refused: "nv-tracker-config-update event not pushed",
    }),
  },
];

const noSource = "Not able to find source id";

const encoderRows: readonly SettingRow[] = [
  {
    ...ofStream,
    path: "/enc/bitrate",
    prefix: "BITRATE_UPDATE",
    field: "bitrate",
    read: unsignedTo("encoder.bitrate"),
    ...fail("BITRATE_UPDATE", {
      badValue: "bitrate value not parsed correctly",
      unknown: noSource,
      refused: "nv-enc-bitrate-update event not pushed",
    }),
  },
  {
    ...ofStream,
    access: "commands:write",
    path: "/enc/force-idr",
    prefix: "FORCE_IDR_UPDATE",
    field: "force_idr",
    read: trigger({ kind: "command", command: "stream.force-idr", args: {} }),
    ...fail("FORCE_IDR_UPDATE", {
      badValue: "force_idr must be 1",
      unknown: noSource,
      refused: "nv-enc-force-idr event not pushed",
    }),
  },
  {
    ...ofStream,
    access: "commands:write",
    path: "/enc/force-intra",
    prefix: "FORCE_INTRA_UPDATE",
    field: "force_intra",
    read: trigger({ kind: "command", command: "stream.force-intra", args: {} }),
    ...fail("FORCE_INTRA_UPDATE", {
      badValue: "force_intra must be 1",
      unknown: noSource,
      refused: "nv-enc-force-intra event not pushed",
    }),
  },
  {
    ...ofStream,
    path: "/enc/iframe-interval",
    prefix: "IFRAME_INTERVAL_UPDATE",
    field: "iframeinterval",
    read: unsignedTo("encoder.iframeInterval"),
    ...fail("IFRAME_INTERVAL_UPDATE", {
      // The range that is enforced is 0 to 256.
      badValue: "iframeinterval value not parsed correctly, Unsigned Integer Range: 0 - 4294967295",
      unknown: noSource,
      refused: "nv-enc-iframeinterval-update event not pushed",
    }),
  },
];

const cropExample = "Use string with values of crop location to set the property. e.g. 20:20:40:50";

const converterRows: readonly SettingRow[] = [
  {
    ...ofStreamFirst,
    path: "/conv/srccrop",
    prefix: "SRC_CROP_UPDATE",
    field: "src_crop",
    read: crop("converter.srcCrop"),
    badValue: `src_crop value not parsed correctly,  ${cropExample}`,
    unknown: "SRC_CROP_UPDATE_FAIL, source-crop update failed",
    refused: "SRC_CROP_UPDATE_FAIL, source-crop update failed",
  },
  {
    ...ofStreamFirst,
    path: "/conv/destcrop",
    prefix: "DEST_CROP_UPDATE",
    field: "dest_crop",
    read: crop("converter.destCrop"),
    badValue: `dest_crop value not parsed correctly, ${cropExample}`,
    unknown: "DEST_CROP_UPDATE_FAIL, dest-crop update failed",
    refused: "DEST_CROP_UPDATE_FAIL, dest-crop update failed",
  },
  {
    ...ofStreamFirst,
    path: "/conv/flip-method",
    prefix: "FLIP_METHOD_UPDATE",
    field: "flip_method",
    read: unsignedTo("converter.flipMethod"),
    badValue: "flip_method value not parsed correctly, Enum value range 0-7",
    unknown: "FLIP_METHOD_UPDATE_FAIL, flip-method update failed",
    refused: "FLIP_METHOD_UPDATE_FAIL, flip-method update failed",
  },
  {
    ...ofStreamFirst,
    path: "/conv/interpolation-method",
    prefix: "INTERPOLATION_METHOD_UPDATE",
    field: "interpolation_method",
    read: unsignedTo("converter.interpolationMethod"),
    badValue: "interpolation_method value not parsed correctly, Enum value range 0-6",
    unknown: "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed",
    refused: "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed",
  },
];

const deviceRows: readonly SettingRow[] = [
  {
    ...ofDevice,
    path: "/mux/batched-push-timeout",
    prefix: "BATCHED_PUSH_TIMEOUT_UPDATE",
    field: "batched_push_timeout",
    read: intOf("mux.batchedPushTimeoutUs"),
    ...fail("BATCHED_PUSH_TIMEOUT_UPDATE", {
      badValue: "batched_push_timeout value not parsed correctly,  Range: -1 - 2147483647",
      unknown: "",
      refused: "batched-push-timeout value not updated",
    }),
  },
  {
    ...ofDevice,
    path: "/mux/max-latency",
    prefix: "MAX_LATENCY_UPDATE",
    field: "max_latency",
    read: unsignedTo("mux.maxLatencyNs"),
    ...fail("MAX_LATENCY_UPDATE", {
      badValue: "max_latency value not parsed correctly",
      unknown: "",
      refused: "MAX_LATENCY_UPDATE_FAIL, max-latency value not updated",
    }),
  },
  {
    ...ofDevice,
    access: "commands:write",
    path: "/analytics/reload-config",
    prefix: "RELOAD_CONFIG_UPDATE",
    field: "config_file_path",
    read: reloadAnalytics,
    ...fail("RELOAD_CONFIG_UPDATE", {
      badValue: "config_file_path value not parsed correctly",
      unknown: "",
      refused: "analytics-config-update event not pushed",
    }),
  },
  {
    ...ofDevice,
    path: "/app/quit",
    prefix: "QUIT",
    field: "app_quit",
    read: trigger({ kind: "quit" }),
    ...fail("QUIT", {
      badValue: "app_quit must be 1",
      unknown: "",
      refused: "Unable to handle force-pipeline-eos nvmultiurisrcbin",
    }),
  },
];

export const settingRows: readonly SettingRow[] = [
  ...decoderRows,
  ...detectorRows,
  ...encoderRows,
  ...converterRows,
  ...deviceRows,
];
