/** From what the device should be to what has to be set for all streams at once. Pure and level-triggered, as `plan.ts`. */
import { deviceSettingKeys, hasScope, sameSetting, settingOf } from "@sightline/contracts/settings";
import type { EffectiveSettings, SettingKey } from "@sightline/contracts/settings";
import type { SomeSettings } from "../pipeline/applied.ts";
import type { Observed, Settled, SharedStep } from "../plan.ts";

export interface WishTarget {
  readonly revision: number;
  readonly settings: EffectiveSettings;
  /** Those that somebody has set. */
  readonly explicit: ReadonlySet<SettingKey>;
}

export interface SharedSeen {
  readonly controls: Observed["controls"];
  /** As the pipeline tells them, else as they were sent to this process. */
  readonly settings: SomeSettings;
  /** What this process was once told completely: what differs from it, somebody else has changed. */
  readonly settled: Settled | undefined;
  /** Most of them can only be set while there is a stream. */
  readonly hasStreams: boolean;
}

export const planShared = (
  { revision, settings, explicit }: WishTarget,
  seen: SharedSeen,
): SharedStep[] =>
  deviceSettingKeys
    .filter((key) => {
      if (seen.controls[key] !== "device") return false;
      if (hasScope(key, "stream") && !seen.hasStreams) return false;
      const known = seen.settings[key];
      if (known === undefined) return explicit.has(key);
      if (sameSetting(known, settings[key])) return false;
      const { settled } = seen;
      return !(settled?.revision === revision && sameSetting(settled.settings[key], settings[key]));
    })
    .map((key): SharedStep => ({ kind: "share", ...settingOf(settings, key) }));
