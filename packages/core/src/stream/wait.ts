import { limits, waitPollMs } from "@sightline/contracts/limits";
import { deviceIsOnline } from "../presence/presence.ts";
import type { Deps } from "../ports/deps.ts";
import { hasAnswered } from "./answer.ts";
import type { StoredStreamReport, Stream } from "./stream.ts";

type WaitDeps = Pick<Deps, "store" | "clock" | "signals">;

/** How a wait for the device's word ended; `offline` is answered at once. */
export type WaitOutcome = "applied" | "offline" | "timeout" | "unplaced";

/**
 * Polls until `look` is satisfied: strong reads at 100, 200, 400 … ms, sooner when a signal for `id` comes in this process.
 * Returns what `look` gave last.
 */
export async function pollUntil<T>(
  deps: WaitDeps,
  wait: { readonly id: string; readonly timeoutMs: number },
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const endMs = deps.clock.nowMs() + Math.min(wait.timeoutMs, limits.waitMsMax);
  for (let poll = 0; ; poll += 1) {
    // Listening starts before looking: a change between the two is not missed.
    const leftMs = endMs - deps.clock.nowMs();
    const step = waitPollMs[Math.min(poll, waitPollMs.length - 1)] ?? waitPollMs[0];
    const change = deps.signals.wait(wait.id, Math.max(0, Math.min(step, leftMs)));
    const found = await look();
    if (found !== undefined || leftMs <= 0) return found;
    await change;
  }
}

/**
 * Waits until the device has answered this revision of the stream, and its first state after that (a frame, or why not).
 */
export async function waitForStream(
  deps: WaitDeps,
  stream: Stream,
  timeoutMs: number,
): Promise<{ readonly outcome: WaitOutcome; readonly report: StoredStreamReport | undefined }> {
  const { device } = stream.placement;
  if (device === undefined) return { outcome: "unplaced", report: undefined };
  let report: StoredStreamReport | undefined;
  const look = async (): Promise<WaitOutcome | undefined> => {
    report = await deps.store.streams.getReport(stream.organization, stream.id);
    if (hasAnswered(report, stream))
      return report?.report.state === "connecting" ? undefined : "applied";
    const online = await deviceIsOnline(deps, stream.organization, device);
    return online ? undefined : "offline";
  };
  const outcome = await pollUntil(deps, { id: stream.id, timeoutMs }, look);
  return { outcome: outcome ?? (hasAnswered(report, stream) ? "applied" : "timeout"), report };
}

/** Waits until the device has answered this revision of the stream, whatever becomes of it afterwards. */
export async function waitForAnswer(
  deps: WaitDeps,
  stream: Stream,
  timeoutMs: number,
): Promise<{ readonly outcome: WaitOutcome; readonly report: StoredStreamReport | undefined }> {
  const { organization, id } = stream;
  const { device } = stream.placement;
  if (device === undefined) return { outcome: "unplaced", report: undefined };
  let report: StoredStreamReport | undefined;
  const look = async (): Promise<WaitOutcome | undefined> => {
    report = await deps.store.streams.getReport(organization, id);
    if (hasAnswered(report, stream)) return "applied";
    return (await deviceIsOnline(deps, organization, device)) ? undefined : "offline";
  };
  const outcome = await pollUntil(deps, { id, timeoutMs }, look);
  return { outcome: outcome ?? "timeout", report };
}

/** A stream that is about to be deleted. */
export interface Leaving {
  readonly stream: Stream;
  /** Of the device's own shadow, older reports say nothing of the removal. */
  readonly afterVersion: number;
}

/**
 * To be read before the stream is deleted. A device reports what it holds less often than how its streams are: what does not name a
 * stream that the device has answered is of before that.
 */
export async function readLeaving(deps: Pick<Deps, "store">, stream: Stream): Promise<Leaving> {
  const { organization, id, placement } = stream;
  if (placement.device === undefined) return { stream, afterVersion: 0 };
  const [report, own] = await Promise.all([
    deps.store.streams.getReport(organization, id),
    deps.store.devices.getReport(organization, placement.device),
  ]);
  const isHeld = report?.device === placement.device && report.report.revision > 0;
  const isNamed = own !== undefined && Object.hasOwn(own.report.manifest, id);
  return { stream, afterVersion: isHeld && !isNamed ? (own?.shadowVersion ?? 0) : 0 };
}

/** Waits until the device no longer names the stream in its manifest. */
export async function waitForRemoval(
  deps: WaitDeps,
  { stream, afterVersion }: Leaving,
  timeoutMs: number,
): Promise<WaitOutcome> {
  const { device } = stream.placement;
  if (device === undefined) return "unplaced";
  const look = async (): Promise<WaitOutcome | undefined> => {
    const stored = await deps.store.devices.getReport(stream.organization, device);
    const isNews = stored !== undefined && stored.shadowVersion > afterVersion;
    if (isNews && !Object.hasOwn(stored.report.manifest, stream.id)) return "applied";
    const online = await deviceIsOnline(deps, stream.organization, device);
    return online ? undefined : "offline";
  };
  return (await pollUntil(deps, { id: device, timeoutMs }, look)) ?? "timeout";
}
