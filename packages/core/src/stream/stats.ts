import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { StreamCounters } from "@sightline/contracts/stream-report";
import { createCommand, waitForCommand } from "../command/command-operations.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { deviceIsOnline } from "../presence/presence.ts";
import { findStream } from "./find.ts";

/** Counters of a stream. `fresh` came from the box just now; `last-report` is as old as `ageMs` says and knows less. */
export interface StreamStats {
  readonly stream: string;
  readonly from: "fresh" | "last-report";
  readonly ageMs: number;
  readonly counters: Partial<StreamCounters>;
}

/**
 * Asks the box for `limits.statsWaitMs`, else gives what it said last: in its health report, or of the stream alone.
 * @throws DomainError stream.not-found | stream.not-placed | stream.no-report
 */
export async function streamStats(deps: Deps, actor: Actor, key: string): Promise<StreamStats> {
  const stream = await findStream(deps, actor, key);
  const { device } = stream.placement;
  if (device === undefined)
    throw new DomainError("stream.not-placed", "the stream waits for a device");
  if (await deviceIsOnline(deps, actor.organization, device)) {
    const args = { stream: stream.id };
    const asked = await createCommand(deps, actor, {
      device,
      kind: "stream.stats",
      args,
      ttlMs: limits.statsWaitMs,
    });
    const { result } = await waitForCommand(deps, asked, limits.statsWaitMs);
    const counters = StreamCounters.safeParse(result);
    if (counters.success)
      return { stream: stream.id, from: "fresh", ageMs: 0, counters: counters.data };
  }
  return lastReported(deps, { organization: actor.organization, device, stream: stream.id });
}

async function lastReported(
  deps: Pick<Deps, "store" | "clock">,
  target: { readonly organization: string; readonly device: string; readonly stream: string },
): Promise<StreamStats> {
  const { organization, device, stream } = target;
  const health = await deps.store.devices.getHealth(organization, device);
  const row = health?.report.streams[stream];
  const aged = (receivedAtMs: number, counters: StreamStats["counters"]): StreamStats => ({
    stream,
    from: "last-report",
    ageMs: Math.max(0, deps.clock.nowMs() - receivedAtMs),
    counters,
  });
  if (health && row) {
    const [state, fps, kbps, frames, restarts] = row;
    return aged(health.receivedAtMs, { state, fps, kbps, frames, restarts });
  }
  // Placed since the last health report: its own report has no counters, but its state.
  const stored = await deps.store.streams.getReport(organization, stream);
  if (stored?.device === device)
    return aged(stored.receivedAtMs, { state: stored.report.state, ...stored.report.video });
  throw new DomainError("stream.no-report", "the device has not reported on the stream yet", {
    hint: "see the device's shadow for what it was told",
  });
}
