/** JSON as jsoncpp 1.9 reads and writes it: keys sorted, tabs, every container on a line of its own; numbers and texts are coerced. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Undefined where the parser gives up; whatever follows the root value is not looked at. */
export function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

export function writeJson(value: Json, depth = 0): string {
  const inner = "\t".repeat(depth + 1);
  const close = "\t".repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item: Json) => `${inner}${writeJson(item, depth + 1)}`);
    return `[\n${items.join(",\n")}\n${close}]`;
  }
  if (!isObject(value)) return ascii(JSON.stringify(value));
  const keys = Object.keys(value).toSorted();
  if (keys.length === 0) return "{}";
  const members = keys.map((key) => {
    const member = value[key] ?? null;
    const isNested =
      (Array.isArray(member) && member.length > 0) ||
      (isObject(member) && Object.keys(member).length > 0);
    const text = writeJson(member, depth + 1);
    return `${inner}${JSON.stringify(key)} : ${isNested ? `\n${inner}` : ""}${text}`;
  });
  return `{\n${members.join(",\n")}\n${close}}`;
}

const ascii = (text: string): string =>
  text.replaceAll(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** What a conversion of jsoncpp throws: inside of a handler's `try` it becomes a body status 400, outside of it the process ends. */
export class NotConvertible extends Error {}

export function toUnsigned(value: Json | undefined): number {
  const number = toNumber(value, "UInt");
  if (number > 4_294_967_295 || number < 0)
    throw new NotConvertible("LargestInt out of UInt range");
  return number;
}

export function toSigned(value: Json | undefined): number {
  const number = toNumber(value, "Int");
  if (Math.abs(number) > 2_147_483_647) throw new NotConvertible("LargestInt out of Int range");
  return number;
}

function toNumber(value: Json | undefined, type: string): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Math.trunc(value);
  throw new NotConvertible(`Value is not convertible to ${type}.`);
}

export function toBoolean(value: Json | undefined): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === "boolean" || typeof value === "number") return Boolean(value);
  throw new NotConvertible("Value is not convertible to bool.");
}

export function toText(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") throw new NotConvertible("Type is not convertible to string");
  return String(value);
}
