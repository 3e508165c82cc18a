/**
 * The REST contract of the pipeline host, as the agent speaks it on 127.0.0.1.
 *
 * Two families share one port: DeepStream's documented routes (`/api/v1/stream/add` …, envelopes and reason strings of
 * DeepStream 7.1, no credentials on loopback) and our additive routes below `/api/v1/sightline/` (bearer token, JSON,
 * camelCase but for DeepStream's own `camera_id` and `source_id`).
 */
import * as z from "zod";
import { DetectorName, OutputCodec } from "./settings.ts";

/**
 * State of a source inside the host.
 * `connecting` no frame yet · `running` frames flow · `stalled` frames stopped, the source is about to be torn down ·
 * `retrying` torn down, waiting for the next attempt · `ended` a file reached its end.
 */
export const SourceState = z.enum(["connecting", "running", "stalled", "retrying", "ended"]);
export type SourceState = z.infer<typeof SourceState>;

export const PipelineError = z.object({
  /** A `stream.*` code of `errors.ts`. */
  code: z.string(),
  text: z.string(),
});

/** Answer of every DeepStream write. Success means: wire 200, `status` 200 and a reason ending in `_SUCCESS`. */
export const DeepstreamAnswer = z.object({
  status: z.string(),
  reason: z.string(),
  /** Why no connect could ever use the URL of `stream/add`; DeepStream itself does not say. */
  error: PipelineError.optional(),
});
export type DeepstreamAnswer = z.infer<typeof DeepstreamAnswer>;

/** In pixels of the stream's output. */
export const PipelineArea = z.object({
  left: z.number().int().nonnegative(),
  top: z.number().int().nonnegative(),
  width: z.number().int().nonnegative(),
  height: z.number().int().nonnegative(),
});

/**
 * All that decides what is found in a stream: body and answer of `PUT /api/v1/sightline/streams/{camera_id}/detectors`.
 * It replaces what was there. 404 `stream.not-found`, 400 `input.invalid`, 501 `native.refused` when a model is missing.
 */
export const PipelineDetection = z.object({
  /** None: nothing is looked for. A new stream looks for motion. */
  detectors: z.array(DetectorName),
  /** Where to look; none: everywhere. At most 64. */
  rois: z.array(PipelineArea.extend({ id: z.string().min(1).max(127) })).default([]),
  /** So many pictures are left out after each that is looked at. */
  interval: z.number().int().min(0).max(2_147_483_647).default(0),
  /** Whether what is found is drawn into the output. */
  osd: z.boolean().default(false),
  /** The tracker's file, as `nvtracker/config-path` takes it; empty: the tracker's own defaults. 400 `input.invalid` when it is not there. */
  trackerConfig: z.string().default(""),
});
export type PipelineDetection = z.infer<typeof PipelineDetection>;

/** A file that the encoded output of a stream goes into. */
export const PipelineRecording = z.object({
  name: z.string(),
  /** Written so far. */
  bytes: z.number().int().nonnegative(),
  sinceAtMs: z.number(),
});
export type PipelineRecording = z.infer<typeof PipelineRecording>;

/**
 * Body of `PUT /api/v1/sightline/streams/{camera_id}/output`: at least one of the three, all or nothing.
 * 400 `input.invalid`, 404 `stream.not-found`, 409 `stream.recording-exists`, 501 `native.refused` without the encoder or
 * without a folder for recordings, 503 `stream.recording-failed` when the file cannot be made.
 */
export const PipelineOutputChange = z.strictObject({
  /** Ends the RTSP clients and the recording, which are of the codec before. */
  codec: OutputCodec.optional(),
  /** As `enc/iframe-interval`; null: as if it had never been set, one every 2 s. */
  iframeInterval: z.number().int().min(0).max(256).nullable().optional(),
  /** A file name that is not taken, Matroska or MPEG-TS; it begins with an IDR. Null ends the recording. */
  recording: z
    .string()
    .max(255)
    .regex(/^[^./\\\u0000-\u001f\u007f][^/\\\u0000-\u001f\u007f]*\.(mkv|ts)$/)
    .nullable()
    .optional(),
});
export type PipelineOutputChange = z.infer<typeof PipelineOutputChange>;

/** Its answer. */
export const PipelineOutput = z.object({
  codec: OutputCodec,
  /** Null when nothing is recorded; one that was ended stays until its file is closed. */
  recording: PipelineRecording.nullable(),
});
export type PipelineOutput = z.infer<typeof PipelineOutput>;

/** How an additive route refuses. */
export const PipelineProblem = z.object({ code: z.string(), message: z.string() });

/** What holds for a stream, whether it was set or is the default. */
export const PipelineApplied = z.object({
  dropFrameInterval: z.number().int(),
  /** 0 none · 1 those that no other refers to · 2 all but key frames. */
  skipFrames: z.number().int(),
  lowLatencyMode: z.boolean(),
  codec: OutputCodec,
  /** Bit/s of the encoded output; 0 for MPEG-4, which is of constant quality. */
  bitrate: z.number().int(),
  /** Pictures from one I-frame to the next; 0: only those asked for; null: never set, one every 2 s. */
  iframeInterval: z.number().int().nullable(),
  /** Crops are `left:top:width:height` as they were asked for, before clamping; without an area, the whole picture. */
  srcCrop: z.string(),
  destCrop: z.string(),
  flipMethod: z.number().int(),
  interpolationMethod: z.number().int(),
  /** Absent from hosts without detectors. */
  detection: PipelineDetection.optional(),
});
export type PipelineApplied = z.infer<typeof PipelineApplied>;

export const PipelineStream = z.object({
  camera_id: z.string(),
  camera_name: z.string(),
  /** As it was added, but for the userinfo. */
  url: z.string().default(""),
  /** It had userinfo. */
  hasCredentials: z.boolean().default(false),
  source_id: z.number().int().nonnegative(),
  state: SourceState,
  /** When `state` was entered, epoch ms by the box's clock. */
  sinceAtMs: z.number(),
  /** Frames that left the decoder branch after frame dropping, since the stream was added. */
  frames: z.number().int().nonnegative(),
  /** Of them, those that detectors looked at; absent from hosts without detectors. */
  analysedFrames: z.number().int().nonnegative().optional(),
  /** Epoch ms; 0 before the first frame. */
  lastFrameAtMs: z.number(),
  /** Frames per second after frame dropping, over the last 2 s. */
  fps: z.number(),
  /** Encoded input, kbit/s over the last 2 s. */
  kbps: z.number(),
  /** As decoded; 0 until the first frame. The output has the size of the configuration file, else that of the first frame. */
  width: z.number().int(),
  height: z.number().int(),
  /** Connection attempts after the first one. */
  restarts: z.number().int(),
  /** Why the source is not running; absent while it runs. */
  error: PipelineError.optional(),
  applied: PipelineApplied,
  output: z.object({
    /** The encoded output as RTSP on this box; empty when the host's configuration file has switched the encoder off. */
    rtspUrl: z.string(),
    clients: z.number().int(),
    bytesOut: z.number(),
    /** IDR frames that left the encoder. */
    idrFrames: z.number().int(),
    /** Absent when nothing is recorded. */
    recording: PipelineRecording.optional(),
    /** Why the last recording ended before it was asked to: `stream.recording-failed`. */
    recordingError: PipelineError.optional(),
  }),
});
export type PipelineStream = z.infer<typeof PipelineStream>;

export const PipelineStreams = z.object({
  streams: z.array(PipelineStream),
  /** What holds for all streams. Absent from hosts whose elements do not tell. */
  shared: z
    .object({
      /** µs; -1 for ever. */
      batchedPushTimeout: z.number().int(),
      /** ns */
      maxLatency: z.number().int(),
    })
    .optional(),
});

export const PipelineAbout = z.object({
  name: z.literal("sightline-pipeline"),
  version: z.string(),
  backend: z.enum(["software", "deepstream"]),
  /** Fresh at every start of the host. */
  bootId: z.string(),
  startedAtMs: z.number(),
  pid: z.number().int(),
  maxSources: z.number().int(),
  rtspPort: z.number().int(),
  /** What can be set at run time, for whom, and what happens then. */
  controls: z.array(
    z.object({ name: z.string(), scope: z.enum(["stream", "device"]), effect: z.string() }),
  ),
  /** None when the encoder is switched off. */
  outputCodecs: z.array(OutputCodec),
});
export type PipelineAbout = z.infer<typeof PipelineAbout>;

/**
 * One line of `GET /api/v1/sightline/events?after=N` (NDJSON, kept open; an empty line every 2 s says "still here").
 * `lost` is the first line when `after` is older than what the host still holds.
 */
export const PipelineEvent = z.object({
  seq: z.number().int(),
  atMs: z.number(),
  kind: z.enum([
    "added",
    "removed",
    "running",
    "stalled",
    "retrying",
    "resumed",
    "eos",
    "error",
    "object",
    "progress",
    "recording-ended",
    "lost",
  ]),
  camera_id: z.string().optional(),
  source_id: z.number().int().optional(),
  /**
   * Why a stream was removed: `request` · `quit` · `source-failed` and `attempts-exceeded` by the rtsp-reconnect-* keys of the
   * host's configuration file, then with the last `error`.
   */
  reason: z.string().optional(),
  /** With `recording-ended`, why it failed. */
  error: PipelineError.optional(),
  /** With `recording-ended`: the name of the file, which is closed now. */
  recording: z.string().optional(),
  /** With `progress`, every second of a `file://` source: how far it has been played. A file need not say how long it is. */
  progress: z
    .object({ positionMs: z.number().int(), durationMs: z.number().int().optional() })
    .optional(),
  /**
   * With `object`: something that a detector found and the tracker follows. It comes when the object appears, every 5 s while
   * it stays, and when it crosses a line; no more than 2 a second and stream.
   */
  object: z
    .object({
      detector: DetectorName,
      /** Of that stream, from 1; the same as long as the object is followed. */
      trackId: z.number().int().positive(),
      box: PipelineArea,
      /** The line of the analytics file that it has just crossed. */
      line: z.string().optional(),
    })
    .optional(),
});
export type PipelineEvent = z.infer<typeof PipelineEvent>;

/** First and only line on the host's standard output, once both ports listen. */
export const PipelineReady = z.object({
  ready: z.literal(true),
  pid: z.number().int(),
  port: z.number().int(),
  rtspPort: z.number().int(),
  bootId: z.string(),
});
export type PipelineReady = z.infer<typeof PipelineReady>;
