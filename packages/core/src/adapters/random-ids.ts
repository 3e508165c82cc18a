import { randomBytes } from "node:crypto";
import { idPrefixes } from "@sightline/contracts/ids";
import { monotonicFactory } from "ulid";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";

/** Ids that sort by the clock, also within one millisecond of one process. */
export function createRandomIds(clock: Clock): Ids {
  const ulid = monotonicFactory();
  return {
    next: (kind) => `${idPrefixes[kind]}_${ulid(clock.nowMs()).toLowerCase()}`,
    secret: () => randomBytes(32).toString("base64url"),
  };
}
