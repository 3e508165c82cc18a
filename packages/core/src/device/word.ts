/**
 * What became of a write whose caller waited for the device: the form in which dialects that know no "accepted" are answered.
 * What the box refuses is taken back, for their clients take a refused call for one without effect.
 */
import { noError, type ReportedError } from "@sightline/contracts/stream-report";
import type { WaitOutcome } from "../stream/wait.ts";

/** `stopped`: the pipeline is, as was asked for; the write is kept until it runs. */
export type PendingReason = "offline" | "timeout" | "stopped";

export type DeviceWord =
  | { readonly kind: "done"; readonly scope: "stream" | "device" }
  | { readonly kind: "pending"; readonly why: PendingReason }
  | { readonly kind: "refused"; readonly error: ReportedError };

/** Undefined when the device has answered. */
export function pendingWord(outcome: WaitOutcome): DeviceWord | undefined {
  if (outcome === "applied") return undefined;
  return { kind: "pending", why: outcome === "timeout" ? "timeout" : "offline" };
}

/** Why, as the box said it. */
export const reasonOf = (error: ReportedError): ReportedError =>
  error.code === noError.code
    ? { code: "native.refused", text: "the pipeline does not do this" }
    : error;

const stoppedCode = "pipeline.stopped";
export const isStopped = (error: ReportedError): boolean => error.code === stoppedCode;
