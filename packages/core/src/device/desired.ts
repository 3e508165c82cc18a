import type { DeviceWish as WishDesired } from "@sightline/contracts/desired-state";
import { noWish } from "@sightline/contracts/wish";
import type { Device } from "./device.ts";

/** What the box is told of itself. */
export function wishDesired({ wish }: { readonly wish?: Device["wish"] }): WishDesired {
  if (!wish) return noWish;
  const { revision, requestId, pipeline, settings } = wish;
  return { revision, requestId, pipeline, settings };
}
