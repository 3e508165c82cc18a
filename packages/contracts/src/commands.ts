/**
 * One-shot actions with a result. What should hold on is desired state, not a command.
 *
 * A command is stored first, then published; delivered at least once, carried out at most once (the agent journals its id).
 * `queued → sent → acknowledged → succeeded | failed | rejected | expired | cancelled`; a result that comes after the end
 * is kept as `lateResult` and does not change the state.
 */
import * as z from "zod";
import { CommandId, StreamId } from "./ids.ts";
import { limits } from "./limits.ts";
import { StreamCounters } from "./stream-report.ts";

export const commandTable = {
  /** The next encoded frame of the stream is an IDR frame. */
  "stream.force-idr": {
    target: "stream",
    issuer: "people",
    args: z.strictObject({ stream: StreamId }),
    result: z.object({ idrFrames: z.number().int() }),
    ttlMs: limits.commandTtlMs,
  },
  /** The next encoded frame of the stream is an I-frame. */
  "stream.force-intra": {
    target: "stream",
    issuer: "people",
    args: z.strictObject({ stream: StreamId }),
    result: z.object({}),
    ttlMs: limits.commandTtlMs,
  },
  /** Uploads the newest frame as JPEG to a one-time URL. */
  "stream.snapshot": {
    target: "stream",
    issuer: "cloud",
    args: z.strictObject({ stream: StreamId, uploadUrl: z.url() }),
    result: z.object({ frameAtMs: z.number(), sizeBytes: z.number().int() }),
    ttlMs: 15_000,
  },
  /** Fresh counters; the device reports health every 5 s for a minute afterwards. */
  "stream.stats": {
    target: "stream",
    issuer: "people",
    args: z.strictObject({ stream: StreamId }),
    result: StreamCounters,
    ttlMs: 10_000,
  },
  /** Removes a stream that somebody put into the pipeline on the box. */
  "device.remove-unmanaged": {
    target: "device",
    issuer: "cloud",
    args: z.strictObject({ localName: z.string().min(1).max(128) }),
    result: z.object({}),
    ttlMs: limits.commandTtlMs,
  },
  /** Reads the analytics file of the box again. */
  "device.reload-analytics": {
    target: "device",
    issuer: "people",
    /** DeepStream reads the file that it was started with, whatever the path is. */
    args: z.strictObject({ configPath: z.string().min(1).max(256) }),
    result: z.object({}),
    ttlMs: limits.commandTtlMs,
  },
} as const satisfies Record<string, CommandRow>;

interface CommandRow {
  readonly target: "stream" | "device";
  /** `cloud`: only routes of ours make it, for its arguments name a place that the box will talk to. */
  readonly issuer: "people" | "cloud";
  readonly args: z.ZodType;
  readonly result: z.ZodType;
  /** Life of a command that names none, in ms. */
  readonly ttlMs: number;
}

export type CommandKind = keyof typeof commandTable;
export const commandKinds = Object.keys(commandTable) as readonly CommandKind[];
export type CommandArgs<K extends CommandKind> = z.infer<(typeof commandTable)[K]["args"]>;
export type CommandResult<K extends CommandKind> = z.infer<(typeof commandTable)[K]["result"]>;

/** Arguments that are capabilities: never shown again once the command is stored. */
export const secretArgs: ReadonlySet<string> = new Set(["uploadUrl"]);

export const isCommandKind = (text: string): text is CommandKind =>
  Object.hasOwn(commandTable, text);

/** What is published on `cmd/{app}/{stage}/{thing}/{commandId}`. `kind` stays open: an old agent rejects what it does not know. */
export const CommandMessage = z.object({
  v: z.literal(1),
  id: CommandId,
  kind: z.string(),
  args: z.record(z.string(), z.unknown()),
  /** The command waits until the stream it speaks of has applied this revision. */
  afterRevision: z.number().int().optional(),
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
  /** Life left when it was published: what a box with a wrong clock goes by. */
  ttlMs: z.number().int(),
  /** The request that caused it; goes with every call to the pipeline as `X-Request-Id`. */
  requestId: z.string(),
});
export type CommandMessage = z.infer<typeof CommandMessage>;

/** What the device answers on `ack/{app}/{stage}/{thing}/{commandId}`: once `acknowledged`, once the end. */
export const CommandAck = z.object({
  v: z.literal(1),
  id: CommandId,
  state: z.enum(["acknowledged", "succeeded", "failed", "rejected"]),
  /** An error code when failed or rejected. */
  code: z.string().max(64).optional(),
  text: z.string().max(1024).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  atMs: z.number(),
});
export type CommandAck = z.infer<typeof CommandAck>;
