/** Counts of tries: one row each, gone when its time is over. Every change is one conditional update. */
import type { ThrottleStore, TryBound, TryCount } from "@sightline/core/ports/session-store";
import type { Database } from "./database.ts";
import { keys, type Key } from "./keys.ts";

type TryRow = Key & TryCount;

const entity = "try-count";

/** So often a count begins anew, or is full, between two looks at it; then it is full. */
const racesMax = 10;

const endOf = (untilMs: number) => ({ untilMs, expiresAtS: Math.ceil(untilMs / 1000) });

export function createThrottleStore(database: Database): ThrottleStore {
  /** One more in a count that holds. */
  const countOn = (key: string, { max, nowMs, untilMs, extend, horizonMs }: TryBound) =>
    database.write({
      kind: "update",
      key: keys.tryCount(key),
      entity,
      ...(extend && { set: endOf(untilMs) }),
      add: { count: 1 },
      condition: {
        when: "{untilMs} > :now and {untilMs} <= :horizon and {count} < :max",
        values: { now: nowMs, horizon: horizonMs, max },
      },
    });

  /** The first of a count, where none holds. */
  const countAnew = (key: string, { nowMs, untilMs, horizonMs }: TryBound) =>
    database.write({
      kind: "update",
      key: keys.tryCount(key),
      entity,
      set: { count: 1, ...endOf(untilMs) },
      condition: {
        when: "attribute_not_exists({pk}) or {untilMs} <= :now or {untilMs} > :horizon",
        values: { now: nowMs, horizon: horizonMs },
      },
    });

  return {
    async get(wanted) {
      const rows = await database.getMany<TryRow>(wanted.map(keys.tryCount), { strong: true });
      const found = new Map(rows.map((row) => [row.pk, row]));
      return wanted.map((key) => {
        const row = found.get(keys.tryCount(key).pk);
        return row && { count: row.count, untilMs: row.untilMs };
      });
    },

    async count(key, bound) {
      const { nowMs, horizonMs, max } = bound;
      for (let race = 0; race < racesMax; race += 1) {
        const refused = await countOn(key, bound);
        if (!refused) return true;
        const untilMs = Number(refused.stored?.["untilMs"]?.N ?? 0);
        const holds = untilMs > nowMs && untilMs <= horizonMs;
        if (holds && Number(refused.stored?.["count"]?.N) >= max) return false;
        if (!holds && !(await countAnew(key, bound))) return true;
      }
      return false;
    },

    async uncount(key) {
      await database.write({
        kind: "update",
        key: keys.tryCount(key),
        entity,
        add: { count: -1 },
        condition: { when: "{count} > :none", values: { none: 0 } },
      });
    },

    async mark(key, untilMs) {
      await database.write({
        kind: "update",
        key: keys.tryCount(key),
        entity,
        set: { count: 1, ...endOf(untilMs) },
        condition: {
          when: "attribute_not_exists({pk}) or {untilMs} <= :until",
          values: { until: untilMs },
        },
      });
    },

    async clear(key) {
      await database.write({ kind: "delete", key: keys.tryCount(key) });
    },
  };
}
