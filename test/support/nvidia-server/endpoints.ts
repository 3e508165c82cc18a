/** The routes with a value: what each reads, how it refuses, whom it acts on, and which requests end the process. */
import { toBoolean, toSigned, toText, toUnsigned, type Json, type JsonObject } from "./json.ts";

export interface Endpoint {
  readonly path: string;
  readonly field: string;
  readonly read: (value: Json | undefined) => Json;
  /** Where the field is missing: applied, and called a success. */
  readonly missing: Json;
  readonly isInRange?: (value: Json) => boolean;
  readonly outOfRange?: string;
  /** `_SUCCESS` and `_FAIL` are added to it. */
  readonly prefix: string;
  /** Undefined: no stream is named. */
  readonly unknownStream?: string;
  /** `stream`: of that source; else of all, though a stream must be named. */
  readonly acts: "stream" | "all";
  /** What an empty, malformed or scalar body does. */
  readonly emptyBody: "abort" | "refuse" | { readonly applies: Json };
  /** The check of the value's type is outside of the handler's `try`. */
  readonly abortsOnType?: boolean;
  readonly needsTracker?: boolean;
  /** The reason of the refusal has no prefix, as for both crops. */
  readonly hasBareRefusal?: boolean;
}

const upTo =
  (max: number) =>
  (value: Json): boolean =>
    Number(value) <= max;
/** Of a crop nothing else is looked at. */
const isText = (value: Json): boolean => value !== "";

const decoder = { acts: "stream", emptyBody: "abort" } as const;
const converter = { acts: "stream", emptyBody: "abort" } as const;
const downstream = { acts: "all", emptyBody: "abort" } as const;
const crop = (side: string): string =>
  `${side} value not parsed correctly,${side === "src_crop" ? "  " : " "}Use string with values of crop location to set the property. e.g. 20:20:40:50`;

export const endpoints: readonly Endpoint[] = [
  {
    ...decoder,
    path: "/api/v1/dec/drop-frame-interval",
    field: "drop_frame_interval",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(30),
    outOfRange: "drop_frame_interval value not parsed correctly, Range: 0 - 30",
    prefix: "DROP_FRAME_INTERVAL_UPDATE",
    unknownStream: "drop-frame-interval not set on decoder",
  },
  {
    ...decoder,
    path: "/api/v1/dec/skip-frames",
    field: "skip_frames",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(2),
    outOfRange: "skip_frames value not parsed correctly, Range: 0-2",
    prefix: "SKIP_FRAMES_UPDATE",
    unknownStream: "skip-frame not set on decoder",
  },
  {
    ...decoder,
    path: "/api/v1/dec/low-latency-mode",
    field: "low_latency_mode",
    read: toBoolean,
    missing: false,
    prefix: "LOW_LATENCY_MODE_UPDATE",
    unknownStream: "low-latency-mode not set on decoder",
  },
  {
    ...converter,
    path: "/api/v1/conv/srccrop",
    field: "src_crop",
    read: toText,
    missing: "",
    isInRange: isText,
    outOfRange: crop("src_crop"),
    prefix: "SRC_CROP_UPDATE",
    unknownStream: "source-crop update failed",
    hasBareRefusal: true,
  },
  {
    ...converter,
    path: "/api/v1/conv/destcrop",
    field: "dest_crop",
    read: toText,
    missing: "",
    isInRange: isText,
    outOfRange: crop("dest_crop"),
    prefix: "DEST_CROP_UPDATE",
    unknownStream: "dest-crop update failed",
    hasBareRefusal: true,
  },
  {
    ...converter,
    path: "/api/v1/conv/flip-method",
    field: "flip_method",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(7),
    outOfRange: "flip_method value not parsed correctly, Enum value range 0-7",
    prefix: "FLIP_METHOD_UPDATE",
    unknownStream: "flip-method update failed",
    hasBareRefusal: true,
  },
  {
    ...converter,
    path: "/api/v1/conv/interpolation-method",
    field: "interpolation_method",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(6),
    outOfRange: "interpolation_method value not parsed correctly, Enum value range 0-6",
    prefix: "INTERPOLATION_METHOD_UPDATE",
    unknownStream: "interpolation-method update failed",
    hasBareRefusal: true,
  },
  {
    ...downstream,
    path: "/api/v1/infer/set-interval",
    field: "interval",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(32),
    outOfRange: "interval value not parsed correctly, Unsigned Integer. Range: 0 - 32 ",
    prefix: "INFER_INTERVAL_UPDATE",
    unknownStream: "Unable to find stream id for infer property updation",
  },
  {
    ...downstream,
    path: "/api/v1/inferserver/set-interval",
    field: "interval",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(2_147_483_647),
    outOfRange: "interval value not parsed correctly, Unsigned Integer. Range: 0 - 2147483647 ",
    prefix: "INFERSERVER_INTERVAL_UPDATE",
    unknownStream: "Unable to find stream id for infer (inferserver) property updation",
  },
  {
    ...downstream,
    path: "/api/v1/enc/bitrate",
    field: "bitrate",
    read: toUnsigned,
    missing: 0,
    prefix: "BITRATE_UPDATE",
    unknownStream: "Not able to find source id",
  },
  {
    ...downstream,
    path: "/api/v1/enc/force-idr",
    field: "force_idr",
    read: toBoolean,
    missing: false,
    prefix: "FORCE_IDR_UPDATE",
    unknownStream: "Not able to find source id",
  },
  {
    ...downstream,
    path: "/api/v1/enc/force-intra",
    field: "force_intra",
    read: toBoolean,
    missing: false,
    prefix: "FORCE_INTRA_UPDATE",
    unknownStream: "Not able to find source id",
  },
  {
    ...downstream,
    path: "/api/v1/enc/iframe-interval",
    field: "iframeinterval",
    read: toUnsigned,
    missing: 0,
    isInRange: upTo(256),
    outOfRange: "iframeinterval value not parsed correctly, Unsigned Integer Range: 0 - 4294967295",
    prefix: "IFRAME_INTERVAL_UPDATE",
    unknownStream: "Not able to find source id",
  },
  {
    ...downstream,
    path: "/api/v1/osd/process-mode",
    field: "process_mode",
    read: toSigned,
    missing: 0,
    prefix: "PROCESS_MODE_UPDATE",
    unknownStream: "Unable to find stream id for osd property updation",
  },
  {
    ...downstream,
    path: "/api/v1/nvtracker/config-path",
    field: "config_path",
    read: toText,
    missing: "",
    prefix: "NVTRACKER_CONFIG_UPDATE",
    unknownStream: "Unable to find stream id for nvTracker property updation",
    needsTracker: true,
  },
  {
    path: "/api/v1/analytics/reload-config",
    field: "config_file_path",
    read: toText,
    missing: "",
    prefix: "RELOAD_CONFIG_UPDATE",
    acts: "all",
    emptyBody: { applies: "" },
    needsTracker: true,
  },
  {
    path: "/api/v1/mux/batched-push-timeout",
    field: "batched_push_timeout",
    read: toSigned,
    missing: -1,
    isInRange: (value) => Number(value) >= -1,
    outOfRange: "batched_push_timeout value not parsed correctly,  Range: -1 - 2147483647",
    prefix: "BATCHED_PUSH_TIMEOUT_UPDATE",
    acts: "all",
    emptyBody: { applies: 0 },
  },
  {
    path: "/api/v1/mux/max-latency",
    field: "max_latency",
    read: toUnsigned,
    missing: 0,
    prefix: "MAX_LATENCY_UPDATE",
    acts: "all",
    emptyBody: { applies: 0 },
    abortsOnType: true,
  },
  {
    path: "/api/v1/app/quit",
    field: "app_quit",
    read: toBoolean,
    missing: false,
    prefix: "QUIT",
    acts: "all",
    emptyBody: { applies: false },
  },
];

export const roiPath = "/api/v1/roi/update";

/** `500` where the callback refuses, `400` where the parser does. */
export interface Outcome {
  readonly code: 200 | 400 | 500;
  readonly reason: string;
  readonly extra?: JsonObject;
}
