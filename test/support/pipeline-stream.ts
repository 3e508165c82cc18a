/** A stream as the pipeline host lists it, with every setting at its default. */
import type { PipelineApplied, PipelineStream } from "@sightline/contracts/pipeline-api";

/** Of a host without detectors. */
export const appliedDefaults: PipelineApplied = {
  dropFrameInterval: 0,
  skipFrames: 0,
  lowLatencyMode: false,
  codec: "h264",
  bitrate: 2_000_000,
  iframeInterval: null,
  srcCrop: "0:0:0:0",
  destCrop: "0:0:0:0",
  flipMethod: 0,
  interpolationMethod: 6,
};

export const pipelineStream = (
  camera_id: string,
  change: Partial<PipelineStream> = {},
): PipelineStream => ({
  camera_id,
  camera_name: camera_id,
  url: "rtsp://10.0.0.5/1",
  hasCredentials: false,
  source_id: 0,
  state: "running",
  sinceAtMs: 1,
  frames: 1,
  lastFrameAtMs: 1,
  fps: 25,
  kbps: 1_000,
  width: 640,
  height: 360,
  restarts: 0,
  applied: appliedDefaults,
  output: { rtspUrl: "rtsp://127.0.0.1/x", clients: 0, bytesOut: 0, idrFrames: 1 },
  ...change,
});
