/**
 * Every run-time parameter: its key, whose it is, its type, and what changes when it is set.
 * API, shadow, agent and pipeline use the same keys; the agent fills in defaults, so a shadow holds only what was set.
 */
import * as z from "zod";

export type SettingScope = "stream" | "device";

interface SettingRow {
  readonly scope: SettingScope;
  readonly type: z.ZodType;
  readonly default: number | string | boolean;
  /** `live` takes effect on the next frame; nothing restarts. `output` ends the clients of the encoded output, who may come again. */
  readonly effect: "live" | "output";
  readonly meaning: string;
}

/** What the encoded output of a stream can be. */
export const OutputCodec = z.enum(["h264", "h265", "mpeg4"]);
export type OutputCodec = z.infer<typeof OutputCodec>;

export const settingsTable = {
  "decoder.dropFrameInterval": {
    scope: "stream",
    type: z.number().int().min(0).max(30),
    default: 0,
    effect: "live",
    meaning: "Every Nth decoded frame passes; 0 and 1 pass all.",
  },
  "encoder.codec": {
    scope: "stream",
    type: OutputCodec,
    default: "h264",
    effect: "output",
    meaning: "Of the encoded output. A box without that encoder refuses it.",
  },
} as const satisfies Record<string, SettingRow>;

export type SettingKey = keyof typeof settingsTable;
export const settingKeys = Object.keys(settingsTable) as readonly SettingKey[];

/** Settings of one stream; a missing key stands for its default. */
export const StreamSettings = z
  .strictObject({
    "decoder.dropFrameInterval": settingsTable["decoder.dropFrameInterval"].type,
    "encoder.codec": settingsTable["encoder.codec"].type,
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

export const effectiveSettings = (set: StreamSettings): EffectiveSettings =>
  Object.fromEntries(
    settingKeys.map((key) => [key, set[key] ?? settingsTable[key].default]),
  ) as EffectiveSettings;

/** One setting and its value. */
export type Setting = {
  readonly [K in SettingKey]: { readonly key: K; readonly value: EffectiveSettings[K] };
}[SettingKey];

export const settingOf = (settings: EffectiveSettings, key: SettingKey): Setting =>
  ({ key, value: settings[key] }) as Setting;
