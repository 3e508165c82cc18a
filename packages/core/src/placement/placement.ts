/** Which device a stream should run on: pure, used by every create and move. */
import { limits } from "@sightline/contracts/limits";
import type { Device } from "../device/device.ts";

export interface PlacementWish {
  /** Devices of this site only; any site when absent. */
  readonly site?: number | undefined;
}

export type PlacementReason = "device-full" | "not-enrolled" | "other-site";

export type PlacementOutcome =
  | { readonly kind: "placed"; readonly device: Device; readonly slot: number }
  | { readonly kind: "waiting"; readonly reasons: Readonly<Record<string, PlacementReason>> };

/** The enrolled device of the site with the fewest streams; on a tie the older one. */
export function place(wish: PlacementWish, devices: readonly Device[]): PlacementOutcome {
  const reasons: Record<string, PlacementReason> = {};
  const candidates = devices.filter((device) => {
    const reason = unfit(wish, device);
    if (reason) reasons[device.name] = reason;
    return reason === undefined;
  });
  const [device] = candidates.toSorted(
    (a, b) => a.slots.length - b.slots.length || (a.id < b.id ? -1 : 1),
  );
  if (!device) return { kind: "waiting", reasons };
  return { kind: "placed", device, slot: freeSlot(device) };
}

function unfit(wish: PlacementWish, device: Device): PlacementReason | undefined {
  if (wish.site !== undefined && device.site !== wish.site) return "other-site";
  if (device.identity === undefined) return "not-enrolled";
  if (device.slots.length >= limits.streamsPerDeviceMax) return "device-full";
  return undefined;
}

/** The smallest slot that is free: slots stay small, so they fit DeepStream's numeric stream_id. */
export function freeSlot(device: Pick<Device, "slots">): number {
  const taken = new Set(device.slots);
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}
