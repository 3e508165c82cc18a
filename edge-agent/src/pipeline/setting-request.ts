/** Which request of our host carries out a setting: DeepStream's documented route where there is one. Pure. */
import type { PipelineDetection, PipelineOutputChange } from "@sightline/contracts/pipeline-api";
import { deepstreamPaths } from "@sightline/contracts/pipeline-paths";
import {
  SkippedFrames,
  type EffectiveSettings,
  type Setting,
  type SettingKey,
} from "@sightline/contracts/settings";

export type SettingRequest =
  | { readonly kind: "deepstream"; readonly path: string; readonly body: object }
  /** PUT output. */
  | { readonly kind: "output"; readonly body: PipelineOutputChange }
  /** PUT detectors, which takes all of them: the others are to stay as they are. */
  | { readonly kind: "detection"; readonly change: Partial<PipelineDetection> };

type Build<K extends SettingKey> = (
  sourceId: string,
  value: EffectiveSettings[K],
) => SettingRequest;

const deepstream = (path: string, stream: object): SettingRequest => ({
  kind: "deepstream",
  path,
  body: { stream },
});

const ofStream =
  (path: string, field: string) =>
  (sourceId: string, value: number | string): SettingRequest =>
    deepstream(path, { stream_id: sourceId, [field]: value });

/** The greatest interval that the route of nvinfer takes; that of nvinferserver takes every other one. */
const inferIntervalMax = 32;

/** [DeepStream 7.1, "DeepStream With REST API Server"] for what it knows. */
const builds: { readonly [K in SettingKey]: Build<K> } = {
  "decoder.dropFrameInterval": ofStream(deepstreamPaths.dropFrameInterval, "drop_frame_interval"),
  "decoder.skipFrames": (sourceId, value) =>
    deepstream(deepstreamPaths.skipFrames, {
      stream_id: sourceId,
      skip_frames: SkippedFrames.options.indexOf(value),
    }),
  "decoder.lowLatencyMode": (sourceId, value) =>
    deepstream(deepstreamPaths.lowLatencyMode, {
      stream_id: sourceId,
      low_latency_mode: value ? 1 : 0,
    }),
  "converter.srcCrop": ofStream(deepstreamPaths.srcCrop, "src_crop"),
  "converter.destCrop": ofStream(deepstreamPaths.destCrop, "dest_crop"),
  "converter.flipMethod": ofStream(deepstreamPaths.flipMethod, "flip_method"),
  "converter.interpolationMethod": ofStream(
    deepstreamPaths.interpolationMethod,
    "interpolation_method",
  ),
  "detector.kinds": (_, value) => ({ kind: "detection", change: { detectors: value } }),
  // DeepStream cannot take the last region away.
  "detector.rois": (sourceId, value) =>
    value.length === 0
      ? { kind: "detection", change: { rois: [] } }
      : deepstream(deepstreamPaths.roi, {
          stream_id: sourceId,
          roi_count: value.length,
          roi: value.map(({ id, ...area }) => ({ roi_id: id, ...area })),
        }),
  "detector.interval": (sourceId, value) =>
    deepstream(
      value > inferIntervalMax
        ? deepstreamPaths.inferserverInterval
        : deepstreamPaths.inferInterval,
      { stream_id: sourceId, interval: value },
    ),
  "osd.processMode": (sourceId, value) =>
    value === "off"
      ? { kind: "detection", change: { osd: false } }
      : deepstream(deepstreamPaths.osdProcessMode, {
          stream_id: sourceId,
          process_mode: value === "gpu" ? 1 : 0,
        }),
  "tracker.configPath": (sourceId, value) =>
    value === ""
      ? { kind: "detection", change: { trackerConfig: "" } }
      : deepstream(deepstreamPaths.trackerConfig, { stream_id: sourceId, config_path: value }),
  "encoder.bitrate": ofStream(deepstreamPaths.bitrate, "bitrate"),
  "encoder.iframeInterval": (sourceId, value) =>
    value === "auto"
      ? { kind: "output", body: { iframeInterval: null } }
      : deepstream(deepstreamPaths.iframeInterval, {
          stream_id: sourceId,
          iframeinterval: value,
        }),
  "encoder.codec": (_, value) => ({ kind: "output", body: { codec: value } }),
  "mux.batchedPushTimeoutUs": (_, value) =>
    deepstream(deepstreamPaths.batchedPushTimeout, { batched_push_timeout: value }),
  "mux.maxLatencyNs": (_, value) => deepstream(deepstreamPaths.maxLatency, { max_latency: value }),
};

/** `sourceId` is not looked at where the setting is the whole pipeline's. */
export function settingRequest({ key, value }: Setting, sourceId: number): SettingRequest {
  const build = builds[key] as (sourceId: string, value: unknown) => SettingRequest;
  return build(String(sourceId), value);
}
