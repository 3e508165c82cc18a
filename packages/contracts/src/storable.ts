/** What may come in at all, over HTTP or MQTT: JSON that the tables, shadows and logs can hold, whatever it means. */

/** DynamoDB nests 32 levels; rows and shadows put some of their own around it. */
const levelsMax = 16;
/** DynamoDB takes 1e-130 to 1e126, the SDK no integer beyond 2^53. */
const magnitudeMin = 1e-100;

/** Why the value cannot be stored; undefined when it can. */
export function storageFlaw(value: unknown, level = 0): string | undefined {
  if (typeof value === "string") return textFlaw(value);
  if (typeof value === "number") return numberFlaw(value);
  if (typeof value !== "object" || value === null) return undefined;
  if (level >= levelsMax) return `nested deeper than ${levelsMax} levels`;
  for (const [key, inner] of Object.entries(value)) {
    const flaw = textFlaw(key) ?? storageFlaw(inner, level + 1);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** Half of a pair has no UTF-8; the last code point ends ranges of keys. */
const textFlaw = (text: string): string | undefined =>
  /[\p{Surrogate}\u{10FFFF}]/u.test(text) ? "a text is not well-formed Unicode" : undefined;

const numberFlaw = (value: number): string | undefined =>
  value === 0 || (Math.abs(value) >= magnitudeMin && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
    ? undefined
    : "a number is out of range";
