/** JSON Merge Patch [RFC 7396]: what API writes are, and what shadow updates are (null removes a key). */
import { canonicalJson } from "@sightline/contracts/canonical-json";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The target with the patch applied; neither is changed. [RFC 7396, 2] */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  // A map: on an object, assigning `__proto__` would not make a key.
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/** The smallest patch that turns `from` into `to`; undefined when they are equal. Arrays are replaced whole. */
export function mergePatchBetween(from: Json, to: Json): Json | undefined {
  const patch = new Map<string, unknown>();
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch.set(key, null);
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (isObject(before) && isObject(value)) {
      const inner = mergePatchBetween(before, value);
      if (inner) patch.set(key, inner);
    } else if (canonicalJson(before) !== canonicalJson(value)) patch.set(key, value);
  }
  return patch.size > 0 ? Object.fromEntries(patch) : undefined;
}
