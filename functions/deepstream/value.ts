/**
 * How DeepStream reads the values of its fields: numbers are cut off, booleans count as numbers, and what cannot be converted is
 * refused with a text that ends up in the answer. [jsoncpp, `Json::Value::asUInt` and its neighbours]
 */

/** Why a value cannot be read. Never leaves this folder. */
export class BadValue extends Error {}

const int64Max = 2 ** 63;
const uint64Max = 2 ** 64;

/** An object's own member. */
export const member = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isMissing = (value: unknown): value is null | undefined =>
  value === undefined || value === null;

interface Range {
  readonly name: "UInt" | "Int";
  readonly min: number;
  readonly max: number;
}

export const readUnsigned = (value: unknown): number =>
  readNumber(value, { name: "UInt", min: 0, max: 4_294_967_295 });

export const readInt = (value: unknown): number =>
  readNumber(value, { name: "Int", min: -2_147_483_648, max: 2_147_483_647 });

function readNumber(value: unknown, { name, min, max }: Range): number {
  if (isMissing(value)) return 0;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "number") throw new BadValue(`Value is not convertible to ${name}.`);
  if (value >= min && value <= max) return Math.trunc(value);
  throw new BadValue(`${kindOf(value)} out of ${name} range`);
}

function kindOf(value: number): string {
  if (!Number.isInteger(value) || value >= uint64Max || value < -int64Max) return "double";
  return value >= int64Max ? "LargestUInt" : "LargestInt";
}

export function readBoolean(value: unknown): boolean {
  if (isMissing(value)) return false;
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  throw new BadValue("Value is not convertible to bool.");
}

export function readText(value: unknown): string {
  if (isMissing(value)) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new BadValue("Type is not convertible to string");
}
