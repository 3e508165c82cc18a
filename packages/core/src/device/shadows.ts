import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import type { Deps } from "../ports/deps.ts";
import { isOnline } from "../presence/presence.ts";
import { isInSync, streamDelta } from "../stream/delta.ts";
import { streamDesired } from "../stream/desired.ts";
import type { StoredStreamReport, Stream } from "../stream/stream.ts";
import { wishDesired } from "./desired.ts";
import { deviceDelta, readDeviceState, type DeviceDelta } from "./delta.ts";
import type { Device } from "./device.ts";

/** Desired, reported and the difference for one device, with revisions, ages and who asked. */
export interface DeviceShadows {
  readonly device: { readonly id: string; readonly name: string; readonly online: boolean };
  /** What differs, by stream id, `device` and `unmanaged`; empty when all is as it should be. */
  readonly delta: DeviceDelta;
  readonly shadows: readonly Readonly<Record<string, unknown>>[];
}

export async function deviceShadows(
  deps: Pick<Deps, "store" | "clock">,
  device: Device,
): Promise<DeviceShadows> {
  const { id } = device;
  const state = await readDeviceState(deps, device);
  const { streams, reportOf, own } = state;
  const nowMs = deps.clock.nowMs();
  const manifest = Object.fromEntries(streams.map((stream) => [stream.id, stream.revision]));
  return {
    device: { id, name: device.name, online: isOnline(device.presence, nowMs) },
    delta: deviceDelta(state),
    shadows: [
      {
        name: deviceShadow,
        desired: { v: 1, manifest, ...(state.wish && { wish: wishDesired(state) }) },
        reported: own?.report ?? null,
        reportedAgeMs: own ? Math.max(0, nowMs - own.receivedAtMs) : null,
      },
      ...streams.map((stream) => streamEntry(stream, reportOf.get(stream.id), nowMs)),
    ],
  };
}

function streamEntry(
  stream: Stream,
  stored: StoredStreamReport | undefined,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const delta = streamDelta(stream, stored);
  return {
    name: streamShadow(stream.id),
    stream: { id: stream.id, name: stream.name },
    desired: streamDesired(stream),
    reported: stored?.report ?? null,
    delta,
    /** How long the difference has stood; 0 when there is none. */
    deltaAgeMs: isInSync(delta) ? 0 : Math.max(0, nowMs - stream.desiredAtMs),
    revision: { desired: stream.revision, reported: stored?.report.revision ?? 0 },
    desiredAtMs: stream.desiredAtMs,
    desiredBy: stream.desiredBy,
    requestId: stream.requestId,
    reportedAgeMs: stored ? Math.max(0, nowMs - stored.receivedAtMs) : null,
  };
}
