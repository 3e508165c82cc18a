/** Where the pipeline host answers: its REST contract is `pipeline-api.ts`. Apart from it, for who needs no schemas. */

/** DeepStream REST paths that the host serves. [DeepStream 7.1, "DeepStream With REST API Server"] */
export const deepstreamPaths = {
  streamAdd: "/api/v1/stream/add",
  streamRemove: "/api/v1/stream/remove",
  streamList: "/api/v1/stream/get-stream-info",
  roi: "/api/v1/roi/update",
  dropFrameInterval: "/api/v1/dec/drop-frame-interval",
  skipFrames: "/api/v1/dec/skip-frames",
  lowLatencyMode: "/api/v1/dec/low-latency-mode",
  inferInterval: "/api/v1/infer/set-interval",
  inferserverInterval: "/api/v1/inferserver/set-interval",
  bitrate: "/api/v1/enc/bitrate",
  forceIdr: "/api/v1/enc/force-idr",
  forceIntra: "/api/v1/enc/force-intra",
  iframeInterval: "/api/v1/enc/iframe-interval",
  batchedPushTimeout: "/api/v1/mux/batched-push-timeout",
  maxLatency: "/api/v1/mux/max-latency",
  srcCrop: "/api/v1/conv/srccrop",
  destCrop: "/api/v1/conv/destcrop",
  flipMethod: "/api/v1/conv/flip-method",
  interpolationMethod: "/api/v1/conv/interpolation-method",
  osdProcessMode: "/api/v1/osd/process-mode",
  trackerConfig: "/api/v1/nvtracker/config-path",
  analyticsReload: "/api/v1/analytics/reload-config",
  quit: "/api/v1/app/quit",
} as const;

/** Additive paths; every one wants `Authorization: Bearer <token of the host's token file>`. */
export const sightlinePaths = {
  about: "/api/v1/sightline/about",
  streams: "/api/v1/sightline/streams",
  events: "/api/v1/sightline/events",
  /** DELETE takes the stream out whatever its URL is: 204, or 404 `stream.not-found`. */
  stream: (cameraId: string): string => `/api/v1/sightline/streams/${encodeURIComponent(cameraId)}`,
  snapshot: (cameraId: string): string =>
    `/api/v1/sightline/streams/${encodeURIComponent(cameraId)}/snapshot.jpg`,
  detectors: (cameraId: string): string =>
    `/api/v1/sightline/streams/${encodeURIComponent(cameraId)}/detectors`,
  output: (cameraId: string): string =>
    `/api/v1/sightline/streams/${encodeURIComponent(cameraId)}/output`,
  /** MJPEG, `?fps=` 1 to 15, at most 8 viewers: each new picture once, no faster than they are read. */
  preview: (cameraId: string): string =>
    `/api/v1/sightline/streams/${encodeURIComponent(cameraId)}/preview.mjpeg`,
} as const;

/** Of a snapshot: when the frame was decoded, epoch ms by the box's clock. */
export const frameTimeHeader = "x-frame-at-ms";
