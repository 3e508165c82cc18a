/**
 * Whether a device is there. Presence events come late, twice and out of order: the connect and the disconnect of a connection share
 * one version, later connections have higher ones [AWS IoT Core developer guide, "Lifecycle events"]. A disconnect makes a device
 * offline only after `limits.offlineAfterMs`, and anything sent after it proves the device online. A client that was away for about
 * an hour is counted from 0 again: versions are compared only within `limits.presenceVersionKeptMs`.
 *
 * Times of events are the gateway's, so that they can be compared with each other.
 */
import { limits } from "@sightline/contracts/limits";
import type { DevicePresence } from "../device/device.ts";
import type { Deps } from "../ports/deps.ts";

type PresenceDeps = Pick<Deps, "store" | "clock">;

export type PresenceEvent =
  | { readonly kind: "connected"; readonly version: number; readonly atMs: number }
  | { readonly kind: "disconnected"; readonly version: number; readonly atMs: number }
  /** A hello, report or health message. */
  | { readonly kind: "heard"; readonly atMs: number }
  /** Time has passed. */
  | { readonly kind: "due"; readonly atMs: number };

/** Below the first one, which is 0. */
const noVersion = -1;

export const neverSeen = (atMs: number): DevicePresence => ({
  online: false,
  sinceAtMs: atMs,
  version: noVersion,
  heardAtMs: 0,
});

/** The presence after the event; the same object when the event changes nothing worth a write. Pure. */
export function nextPresence(stored: DevicePresence, event: PresenceEvent): DevicePresence {
  const keptMs = limits.presenceVersionKeptMs;
  // Of an earlier count, delivered long after.
  if (event.atMs < stored.sinceAtMs - keptMs) return stored;
  const isNewCount = !stored.online && event.atMs - stored.sinceAtMs >= keptMs;
  const before = isNewCount ? { ...stored, version: noVersion } : stored;
  const { offlineDueAtMs, ...rest } = before;
  switch (event.kind) {
    case "connected":
      if (event.version <= before.version) return stored;
      return { ...online(rest, event.atMs), version: event.version };
    case "disconnected":
      if (event.version < before.version) return stored;
      if (event.version === before.version && (!before.online || offlineDueAtMs !== undefined))
        return stored;
      // It counts even so: its connect, and what was sent before it, may still come.
      if (!before.online) {
        const sinceAtMs = Math.max(before.sinceAtMs, event.atMs);
        return { ...before, version: event.version, sinceAtMs };
      }
      return {
        ...before,
        version: event.version,
        offlineDueAtMs: event.atMs + limits.offlineAfterMs,
      };
    case "heard":
      // Still online and nothing due: a heartbeat a minute must not cost a write a minute.
      if (before.online && offlineDueAtMs === undefined) return stored;
      // Sent before the device went, processed after.
      if (event.atMs <= goneAtMs(before)) return stored;
      return online(rest, event.atMs);
    case "due":
      if (offlineDueAtMs === undefined || offlineDueAtMs > event.atMs) return stored;
      return { ...rest, online: false, sinceAtMs: event.atMs };
  }
}

const goneAtMs = (presence: DevicePresence): number => {
  const { offlineDueAtMs } = presence;
  return presence.online && offlineDueAtMs !== undefined
    ? offlineDueAtMs - limits.offlineAfterMs
    : presence.sinceAtMs;
};

const online = (before: Omit<DevicePresence, "offlineDueAtMs">, atMs: number): DevicePresence => ({
  ...before,
  online: true,
  sinceAtMs: before.online ? before.sinceAtMs : atMs,
  heardAtMs: atMs,
});

const tries = 10;

/** Takes an event in; returns whether the device went from offline to online or back. Unknown devices are ignored. */
export async function takePresence(
  deps: Pick<Deps, "store">,
  device: { readonly organization: string; readonly id: string },
  event: PresenceEvent,
): Promise<"unchanged" | "online" | "offline"> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const stored = await deps.store.devices.get(device.organization, device.id);
    if (!stored) return "unchanged";
    const before = stored.presence;
    const after = nextPresence(before, event);
    if (after === before) return "unchanged";
    const { organization, id } = device;
    if (await deps.store.devices.setPresence(organization, id, { before, after })) {
      if (before.online === after.online) return "unchanged";
      return after.online ? "online" : "offline";
    }
  }
  return "unchanged";
}

/** Online, as far as the cloud knows now. A device that is overdue is offline before the sweep says so. */
export function isOnline(presence: DevicePresence, nowMs: number): boolean {
  return presence.online && (presence.offlineDueAtMs ?? Number.POSITIVE_INFINITY) > nowMs;
}

/** For waiting: nobody waits for a device that is not there. */
export async function deviceIsOnline(
  deps: PresenceDeps,
  organization: string,
  device: string,
): Promise<boolean> {
  const stored = await deps.store.devices.get(organization, device);
  return stored !== undefined && isOnline(stored.presence, deps.clock.nowMs());
}
