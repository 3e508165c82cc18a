/**
 * Every run-time parameter: its key, whose it is, its type, how it reaches the pipeline and what changes then.
 * API, shadow, agent and pipeline use the same keys; the agent fills in defaults, so a shadow holds only what was set.
 */
import * as z from "zod";
import { deepstreamPaths } from "./pipeline-paths.ts";

export type SettingScope = "stream" | "device";

interface SettingRow {
  readonly scope: SettingScope;
  readonly type: z.ZodType;
  readonly default: number | string | boolean;
  /** Pipeline route that applies it. */
  readonly route: string;
  /** `live` takes effect on the next frame; nothing restarts. */
  readonly effect: "live";
  readonly meaning: string;
}

export const settingsTable = {
  "decoder.dropFrameInterval": {
    scope: "stream",
    type: z.number().int().min(0).max(30),
    default: 0,
    route: deepstreamPaths.dropFrameInterval,
    effect: "live",
    meaning: "Every Nth decoded frame passes; 0 and 1 pass all.",
  },
} as const satisfies Record<string, SettingRow>;

export type SettingKey = keyof typeof settingsTable;
export const settingKeys = Object.keys(settingsTable) as readonly SettingKey[];

/** Settings of one stream; a missing key stands for its default. */
export const StreamSettings = z
  .strictObject({
    "decoder.dropFrameInterval": settingsTable["decoder.dropFrameInterval"].type,
  })
  .partial();
export type StreamSettings = z.infer<typeof StreamSettings>;

/**
 * Settings as an older agent reads them: a key that it does not know is kept, and reported as applied with this value.
 * The rest of the revision holds all the same, and the delta shows what is missing.
 */
export const unsupportedSetting = "unsupported";
export const ReceivedSettings = z.looseObject(StreamSettings.shape);

/** Keys that this version does not know. */
export const unknownSettings = (received: object): string[] =>
  Object.keys(received).filter((key) => !Object.hasOwn(settingsTable, key));

/** Every setting with its value, defaults filled in. */
export type EffectiveSettings = { [K in SettingKey]: z.infer<(typeof settingsTable)[K]["type"]> };

export const effectiveSettings = (set: StreamSettings): EffectiveSettings => ({
  "decoder.dropFrameInterval":
    set["decoder.dropFrameInterval"] ?? settingsTable["decoder.dropFrameInterval"].default,
});
