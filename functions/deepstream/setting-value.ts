/** What the fields of a setting mean in core's words. */
import {
  Roi,
  roisMax,
  settingsTable,
  type EffectiveSettings,
  type Setting,
  type SettingKey,
} from "@sightline/contracts/settings";
import type { CommandKind } from "@sightline/contracts/commands";
import { badRequest } from "./schema.ts";
import {
  BadValue,
  isMissing,
  isObject,
  member,
  readBoolean,
  readInt,
  readText,
  readUnsigned,
} from "./value.ts";

/** What a request asks for. */
export type Action =
  | { readonly kind: "setting"; readonly setting: Setting }
  | {
      readonly kind: "command";
      readonly command: Extract<
        CommandKind,
        "stream.force-idr" | "stream.force-intra" | "device.reload-analytics"
      >;
      readonly args: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "quit" };

type Fields = Readonly<Record<string, unknown>>;

/**
 * From the row's field and all fields; undefined when the value is missing or out of range. A missing value is no default.
 * @throws BadValue | DomainError input.invalid
 */
export type ReadAction = (value: unknown, fields: Fields) => Action | undefined;

/** A setting, when the table of settings takes the value. */
const setting = <K extends SettingKey>(key: K, value: EffectiveSettings[K]): Action | undefined =>
  settingsTable[key].type.safeParse(value).success
    ? { kind: "setting", setting: { key, value } as Setting }
    : undefined;

/** Of a field that must be there. */
const one =
  (read: (value: unknown) => Action | undefined): ReadAction =>
  (value) =>
    isMissing(value) ? undefined : read(value);

type KeysOfType<T> = {
  [K in SettingKey]: T extends EffectiveSettings[K] ? K : never;
}[SettingKey];

export const unsignedTo = (key: KeysOfType<number>, max = Number.POSITIVE_INFINITY): ReadAction =>
  one((value) => {
    const number = readUnsigned(value);
    return number <= max ? setting(key, number) : undefined;
  });

export const intOf = (key: KeysOfType<number>): ReadAction =>
  one((value) => setting(key, readInt(value)));

export const flag = (key: KeysOfType<boolean>): ReadAction =>
  one((value) => setting(key, readBoolean(value)));

/** A number that stands for one of these words. */
export const oneOf = <K extends SettingKey>(
  key: K,
  words: readonly EffectiveSettings[K][],
): ReadAction =>
  one((value) => {
    const word = words[readUnsigned(value)];
    return word === undefined ? undefined : setting(key, word);
  });

/** A path on the box; it is the box that looks for it. */
export const filePath = (key: "tracker.configPath"): ReadAction =>
  one((value) => {
    const path = readText(value);
    return path === "" ? undefined : setting(key, path);
  });

/** Exactly `left:top:width:height`; `0:0:0:0` is no crop. */
export const crop = (key: "converter.srcCrop" | "converter.destCrop"): ReadAction =>
  one((value) => {
    const text = readText(value);
    const [left, top, width, height] = text.split(":").map(Number);
    const isNone = left === 0 && top === 0 && width === 0 && height === 0;
    return isNone || (width && height) ? setting(key, text) : undefined;
  });

/** Does something only when it is set: false would be a success without an effect. */
export const trigger = (action: Action): ReadAction =>
  one((value) => (readBoolean(value) ? action : undefined));

export const reloadAnalytics: ReadAction = one((value) => {
  const configPath = readText(value);
  if (configPath === "" || configPath.length > pathCharactersMax) return undefined;
  return { kind: "command", command: "device.reload-analytics", args: { configPath } };
});

const pathCharactersMax = 256;

/** `roi_count` and `roi` together. */
export const rois: ReadAction = (value, fields) => {
  const count = readUnsigned(member(fields, "roi_count"));
  if (count === 0) throw badRequest("ROI_UPDATE_FAIL, roi id is 0");
  if (isMissing(value) || (Array.isArray(value) && value.length === 0)) return undefined;
  if (!Array.isArray(value)) throw new BadValue("roi is no array");
  if (value.length !== count) throw new BadValue("roi_count is not the number of entries in roi");
  if (count > roisMax) throw new BadValue("too many entries in roi");
  const list = value.map(readRoi);
  const action = setting("detector.rois", list);
  if (!action) throw new BadValue("a roi_id is there twice");
  return action;
};

function readRoi(entry: unknown): Roi {
  if (!isObject(entry)) throw new BadValue("roi holds something else than objects");
  const coordinate = (name: string): number => {
    const value = member(entry, name);
    if (isMissing(value)) throw new BadValue(`roi has no ${name}`);
    return readUnsigned(value);
  };
  const id = readText(member(entry, "roi_id"));
  const [left, top] = [coordinate("left"), coordinate("top")];
  const [width, height] = [coordinate("width"), coordinate("height")];
  if (width === 0 || height === 0) throw new BadValue("roi has no area");
  if (id === "") throw new BadValue("roi has no roi_id");
  if (!Roi.shape.id.safeParse(id).success) throw new BadValue("roi_id is too long");
  return { id, left, top, width, height };
}
