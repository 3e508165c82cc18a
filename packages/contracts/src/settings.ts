/**
 * Every run-time parameter: its key, whose it can be, its type, and what changes when it is set.
 * API, shadow, agent and pipeline use the same keys; the agent fills in defaults, so a shadow holds only what was set.
 */
import * as z from "zod";
import { canonicalJson } from "./canonical-json.ts";

export type SettingScope = "stream" | "device";

interface SettingRow {
  /**
   * Whose it can be. A device's value stands for those of its streams that have none of their own; where the pipeline has one for all
   * streams, the device's is the only one.
   */
  readonly scopes: readonly SettingScope[];
  readonly type: z.ZodType;
  readonly default: SettingValue;
  /** `live` takes effect on the next frame; nothing restarts. `output` ends the clients of the encoded output, `source` connects anew. */
  readonly effect: "live" | "output" | "source";
  /** As the pipeline's `about` lists it. */
  readonly control: string;
  readonly meaning: string;
}

/** What a setting can be in a shadow. No nulls: "off" is a value. */
export const SettingValue = z.union([
  z.number(),
  z.string(),
  z.boolean(),
  z.array(z.union([z.string(), z.record(z.string(), z.union([z.number(), z.string()]))])),
]);
export type SettingValue = z.infer<typeof SettingValue>;

/** What the encoded output of a stream can be. */
export const OutputCodec = z.enum(["h264", "h265", "mpeg4"]);
export type OutputCodec = z.infer<typeof OutputCodec>;

/** Which pictures the decoder leaves out, in DeepStream's order: 0, 1, 2. */
export const SkippedFrames = z.enum(["none", "nonReference", "nonKey"]);
export type SkippedFrames = z.infer<typeof SkippedFrames>;

export const DetectorName = z.enum(["motion", "face", "body"]);
export type DetectorName = z.infer<typeof DetectorName>;

const uint32 = z.number().int().min(0).max(4_294_967_295);

/** In pixels of the stream's output. */
export const Roi = z.strictObject({
  id: z.string().min(1).max(31),
  left: uint32,
  top: uint32,
  width: uint32.min(1),
  height: uint32.min(1),
});
export type Roi = z.infer<typeof Roi>;

/** A shadow has room for so many. */
export const roisMax = 16;

/** `left:top:width:height` in pixels; without an area, the whole picture. */
const Crop = z.string().regex(/^\d{1,9}(?::\d{1,9}){3}$/, "must be left:top:width:height");

export const settingsTable = {
  "decoder.dropFrameInterval": {
    scopes: ["stream"],
    type: z.number().int().min(0).max(30),
    default: 0,
    effect: "live",
    control: "drop-frame-interval",
    meaning: "Every Nth decoded frame passes; 0 and 1 pass all.",
  },
  "decoder.skipFrames": {
    scopes: ["stream"],
    type: SkippedFrames,
    default: "none",
    effect: "live",
    control: "skip-frames",
    meaning: "Pictures that are not decoded: those no other refers to, or all but key frames.",
  },
  "decoder.lowLatencyMode": {
    scopes: ["stream"],
    type: z.boolean(),
    default: false,
    effect: "source",
    control: "low-latency-mode",
    meaning: "Waits for no late packet. A source that is a file refuses it.",
  },
  "converter.srcCrop": {
    scopes: ["stream"],
    type: Crop,
    default: "0:0:0:0",
    effect: "live",
    control: "srccrop",
    meaning: "The part of the decoded picture that is used.",
  },
  "converter.destCrop": {
    scopes: ["stream"],
    type: Crop,
    default: "0:0:0:0",
    effect: "live",
    control: "destcrop",
    meaning: "Where in the output picture it goes; around it the old pixels stay.",
  },
  "converter.flipMethod": {
    scopes: ["stream"],
    type: z.number().int().min(0).max(7),
    default: 0,
    effect: "live",
    control: "flip-method",
    meaning:
      "As DeepStream numbers them: 0 none, 1 90° counterclockwise, 2 180°, 3 90° clockwise …",
  },
  "converter.interpolationMethod": {
    scopes: ["stream"],
    type: z.number().int().min(0).max(6),
    default: 6,
    effect: "live",
    control: "interpolation-method",
    meaning: "As DeepStream numbers them: 0 nearest to 5, 6 default.",
  },
  "detector.kinds": {
    scopes: ["stream"],
    type: z
      .array(DetectorName)
      .max(3)
      .refine((kinds) => new Set(kinds).size === kinds.length, "a detector is named twice"),
    default: ["motion"],
    effect: "live",
    control: "detectors",
    meaning: "What is looked for; none: nothing.",
  },
  "detector.rois": {
    scopes: ["stream"],
    type: z
      .array(Roi)
      .max(roisMax)
      .refine(
        (rois) => new Set(rois.map(({ id }) => id)).size === rois.length,
        "an id is there twice",
      ),
    default: [],
    effect: "live",
    control: "roi",
    meaning: "Where detectors look; none: everywhere.",
  },
  "detector.interval": {
    scopes: ["stream", "device"],
    type: z.number().int().min(0).max(2_147_483_647),
    default: 0,
    effect: "live",
    control: "infer-interval",
    meaning: "Detectors look at one picture and leave so many out.",
  },
  "osd.processMode": {
    scopes: ["stream", "device"],
    type: z.enum(["off", "cpu", "gpu"]),
    default: "off",
    effect: "live",
    control: "osd-process-mode",
    meaning: "What draws that which is found into the pictures; off: nothing is drawn.",
  },
  "tracker.configPath": {
    scopes: ["stream", "device"],
    type: z.string().max(256),
    default: "",
    effect: "live",
    control: "tracker-config",
    meaning: "The tracker's YAML in the box's folder for such files; empty: its own defaults.",
  },
  "encoder.bitrate": {
    scopes: ["stream", "device"],
    type: uint32.min(1),
    default: 2_000_000,
    effect: "live",
    control: "bitrate",
    meaning: "Of the encoded output, bit/s. MPEG-4 has constant quality instead.",
  },
  "encoder.iframeInterval": {
    scopes: ["stream", "device"],
    type: z.union([z.number().int().min(0).max(256), z.literal("auto")]),
    default: "auto",
    effect: "live",
    control: "iframe-interval",
    meaning: "Pictures from one I-frame to the next; 0: only those asked for; auto: one every 2 s.",
  },
  "encoder.codec": {
    scopes: ["stream"],
    type: OutputCodec,
    default: "h264",
    effect: "output",
    control: "codec",
    meaning: "Of the encoded output. A box without that encoder refuses it.",
  },
  "mux.batchedPushTimeoutUs": {
    scopes: ["device"],
    type: z.number().int().min(-1).max(2_147_483_647),
    default: 16_000,
    effect: "live",
    control: "batched-push-timeout",
    meaning: "How long a batch waits for a picture of each stream; -1: for ever.",
  },
  "mux.maxLatencyNs": {
    scopes: ["device"],
    type: uint32,
    default: 0,
    effect: "live",
    control: "max-latency",
    meaning: "How much longer a batch waits for a late picture.",
  },
} as const satisfies Record<string, SettingRow>;

export type SettingKey = keyof typeof settingsTable;
export const settingKeys = Object.keys(settingsTable) as readonly SettingKey[];

/** Whether it can be set on a stream, or on a device. */
export const hasScope = (key: SettingKey, scope: SettingScope): boolean =>
  (settingsTable[key].scopes as readonly SettingScope[]).includes(scope);

const typesOf = <K extends SettingKey>(keys: readonly K[]) =>
  Object.fromEntries(keys.map((key) => [key, settingsTable[key].type])) as {
    [P in K]: (typeof settingsTable)[P]["type"];
  };

/** Keys of settings that can be `Scope`'s. */
type KeysOf<Scope extends SettingScope> = {
  [K in SettingKey]: Scope extends (typeof settingsTable)[K]["scopes"][number] ? K : never;
}[SettingKey];
export type StreamSettingKey = KeysOf<"stream">;
export type DeviceSettingKey = KeysOf<"device">;

const keysOf = (scope: SettingScope): readonly SettingKey[] =>
  settingKeys.filter((key) => hasScope(key, scope));
export const streamSettingKeys = keysOf("stream") as readonly StreamSettingKey[];
export const deviceSettingKeys = keysOf("device") as readonly DeviceSettingKey[];

/** Settings of one stream; a missing key stands for the device's value, else for the default. */
export const StreamSettings = z.strictObject(typesOf(streamSettingKeys)).partial();
export type StreamSettings = z.infer<typeof StreamSettings>;

/** Settings of a device; a missing key stands for the default. */
export const DeviceSettings = z.strictObject(typesOf(deviceSettingKeys)).partial();
export type DeviceSettings = z.infer<typeof DeviceSettings>;

/**
 * Settings as an older agent reads them: a key that it does not know is kept, and reported as applied with this value.
 * The rest of the revision holds all the same, and the delta shows what is missing. A setting that the pipeline lacks is reported so, too.
 */
export const unsupportedSetting = "unsupported";
export const ReceivedSettings = z.looseObject(StreamSettings.shape);
export const ReceivedDeviceSettings = z.looseObject(DeviceSettings.shape);

/** Keys that this version does not know. */
export const unknownSettings = (received: object): string[] =>
  Object.keys(received).filter((key) => !Object.hasOwn(settingsTable, key));

/** Every setting with its value, defaults filled in. */
export type EffectiveSettings = { [K in SettingKey]: z.infer<(typeof settingsTable)[K]["type"]> };

/** The stream's over the device's over the defaults. */
export const effectiveSettings = (
  stream: StreamSettings,
  device: DeviceSettings = {},
): EffectiveSettings => {
  const set: Partial<Record<SettingKey, unknown>> = { ...device, ...stream };
  return Object.fromEntries(
    settingKeys.map((key) => [key, set[key] ?? settingsTable[key].default]),
  ) as EffectiveSettings;
};

/** By value: some are lists, of objects whose keys come in any order. */
export const sameSetting = (a: unknown, b: unknown): boolean =>
  a === b || canonicalJson(a) === canonicalJson(b);

/** One setting and its value. */
export type Setting = {
  readonly [K in SettingKey]: { readonly key: K; readonly value: EffectiveSettings[K] };
}[SettingKey];

export const settingOf = (settings: EffectiveSettings, key: SettingKey): Setting =>
  ({ key, value: settings[key] }) as Setting;
