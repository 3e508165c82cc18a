/** Settings as the pipeline shows them, under the keys of the contract. What it does not show is absent. Pure. */
import type { PipelineApplied } from "@sightline/contracts/pipeline-api";
import { SkippedFrames, type EffectiveSettings } from "@sightline/contracts/settings";

/** Some of the settings; a key that is absent is not known. */
export type SomeSettings = Partial<EffectiveSettings>;

export function appliedSettings(applied: PipelineApplied): SomeSettings {
  const { detection } = applied;
  const skipFrames = SkippedFrames.options[applied.skipFrames];
  return {
    "decoder.dropFrameInterval": applied.dropFrameInterval,
    ...(skipFrames && { "decoder.skipFrames": skipFrames }),
    "decoder.lowLatencyMode": applied.lowLatencyMode,
    "converter.srcCrop": applied.srcCrop,
    "converter.destCrop": applied.destCrop,
    "converter.flipMethod": applied.flipMethod,
    "converter.interpolationMethod": applied.interpolationMethod,
    "encoder.bitrate": applied.bitrate,
    "encoder.iframeInterval": applied.iframeInterval ?? "auto",
    "encoder.codec": applied.codec,
    ...(detection && {
      "detector.kinds": detection.detectors,
      "detector.rois": detection.rois,
      "detector.interval": detection.interval,
      "osd.processMode": detection.osd ? "cpu" : "off",
      "tracker.configPath": detection.trackerConfig,
    }),
  };
}

/** What holds for all streams. */
interface PipelineShared {
  readonly batchedPushTimeout: number;
  readonly maxLatency: number;
}

export const sharedSettings = (shared: PipelineShared | undefined): SomeSettings =>
  shared
    ? {
        "mux.batchedPushTimeoutUs": shared.batchedPushTimeout,
        "mux.maxLatencyNs": shared.maxLatency,
      }
    : {};
