import { createHmac } from "node:crypto";
import { idPrefixes } from "@sightline/contracts/ids";
import { encodeTime } from "ulid";
import type { Ids } from "../ports/ids.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * The same ids in the same order for the same seed and birth: a request that is carried out a second time, after a crash half-way,
 * meets what it made the first time. Secrets stay random.
 */
export function createSeededIds(
  ids: Ids,
  { seed, bornAtMs }: { readonly seed: string; readonly bornAtMs: number },
): Ids {
  let count = 0;
  const time = encodeTime(bornAtMs, 10).toLowerCase();
  return {
    next(kind) {
      count += 1;
      const bytes = createHmac("sha256", seed).update(`${kind} ${count}`).digest();
      const random = [...bytes.subarray(0, 16)].map((byte) => alphabet[byte % 32]).join("");
      return `${idPrefixes[kind]}_${time}${random}`;
    },
    secret: () => ids.secret(),
  };
}
