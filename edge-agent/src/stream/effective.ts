/** Which settings count: only those that can be set there, for what comes from the cloud may name others as well. Pure. */
import type { DeviceWish, StreamDesired } from "@sightline/contracts/desired-state";
import {
  deviceSettingKeys,
  effectiveSettings,
  streamSettingKeys,
  type DeviceSettings,
  type EffectiveSettings,
  type SettingKey,
  type StreamSettings,
} from "@sightline/contracts/settings";
import type { WishTarget } from "../device/wish-plan.ts";

const pick = (received: object, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(received).filter(([key]) => keys.includes(key)));

export const knownStreamSettings = (received: StreamDesired["settings"]): StreamSettings =>
  pick(received, streamSettingKeys);

export const knownDeviceSettings = (received: DeviceWish["settings"]): DeviceSettings =>
  pick(received, deviceSettingKeys);

export interface Wanted {
  readonly settings: EffectiveSettings;
  readonly explicit: ReadonlySet<SettingKey>;
}

/** The stream's over the device's over the defaults. */
export function wantedSettings(desired: StreamDesired, wish: DeviceWish): Wanted {
  const own = knownStreamSettings(desired.settings);
  const device = knownDeviceSettings(wish.settings);
  return {
    settings: effectiveSettings(own, device),
    explicit: new Set(Object.keys({ ...device, ...own }) as SettingKey[]),
  };
}

export function wishTarget({ revision, settings }: DeviceWish): WishTarget {
  const device = knownDeviceSettings(settings);
  return {
    revision,
    settings: effectiveSettings({}, device),
    explicit: new Set(Object.keys(device) as SettingKey[]),
  };
}
