/** What a device says of a stream: its reported shadow, and the counters of health reports and of `stream.stats`. */
import * as z from "zod";
import { SettingValue } from "./settings.ts";

/**
 * State of a stream.
 * `stopped` disabled · `connecting` no frame yet · `running` frames flow · `stalled` frames stopped · `retrying` waiting for
 * the next attempt · `ended` a file reached its end · `quarantined` held back, it ended the pipeline several times ·
 * `refused` the pipeline or the agent cannot carry it out · `unknown` the pipeline cannot tell.
 */
export const StreamState = z.enum([
  "stopped",
  "connecting",
  "running",
  "stalled",
  "retrying",
  "ended",
  "quarantined",
  "refused",
  "unknown",
]);
export type StreamState = z.infer<typeof StreamState>;

/** `code: "none"` when all is well: a shadow holds no null, and an absent key would leave the last error standing. */
export const ReportedError = z.object({ code: z.string().max(64), text: z.string().max(512) });
export type ReportedError = z.infer<typeof ReportedError>;
export const noError: ReportedError = { code: "none", text: "" };

/** The reported half of the shadow `stream-{id}`; always sent whole. */
export const StreamReport = z.object({
  v: z.literal(1),
  /** The revision this report answers: carried out, or refused with `error`; 0 while none is answered. */
  revision: z.number().int(),
  state: StreamState,
  /** When the state was entered, epoch ms by the box's clock. */
  sinceAtMs: z.number(),
  error: ReportedError,
  applied: z.object({
    /** Without userinfo; empty while the stream is not in the pipeline. */
    url: z.string().max(2048),
    settings: z.record(z.string(), SettingValue),
  }),
  /** Settings that somebody has changed on the box since this revision was carried out, with what they were set to; absent: none. */
  drift: z.record(z.string(), SettingValue).optional(),
  /** Encoded output on the box; empty while there is none. */
  output: z.object({ rtspUrl: z.string().max(2048) }),
  video: z.object({ width: z.number().int(), height: z.number().int() }),
  atMs: z.number(),
});
export type StreamReport = z.infer<typeof StreamReport>;

export const StreamCounters = z.object({
  state: StreamState,
  /** Frames after frame dropping, since the stream was added to the pipeline. */
  frames: z.number().int(),
  fps: z.number(),
  kbps: z.number(),
  /** Epoch ms by the box's clock; 0 before the first frame. */
  lastFrameAtMs: z.number(),
  restarts: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
  /** Clients of the encoded output. */
  clients: z.number().int(),
  bytesOut: z.number(),
  idrFrames: z.number().int(),
});
export type StreamCounters = z.infer<typeof StreamCounters>;
