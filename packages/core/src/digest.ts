import type { Hash, Hmac } from "node:crypto";

/** Of texts, each with its length: no two lists of them are the same text. base64url. */
export function digest(sum: Hash | Hmac, parts: readonly string[]): string {
  for (const part of parts) sum.update(`${part.length}:`).update(part);
  return sum.digest("base64url");
}
