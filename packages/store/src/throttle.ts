/** Counts of tries: one row each, gone when its time is over. Every change is one conditional update. */
import type { ThrottleStore, TryBound, TryCount } from "@sightline/core/ports/session-store";
import type { Database } from "./database.ts";
import { keys, type Key } from "./keys.ts";
import type { Update } from "./write.ts";

type TryRow = Key & TryCount;

const entity = "try-count";

/** So often a count begins anew, or is full, between two looks at it; then it is full. */
const racesMax = 10;

const endOf = (untilMs: number) => ({ untilMs, expiresAtS: Math.ceil(untilMs / 1000) });

const hold = ({ nowMs, horizonMs }: TryBound) => ({ now: nowMs, horizon: horizonMs });

/** One more in a count that holds. */
const oneMore = (key: Key, bound: TryBound): Update => ({
  kind: "update",
  key,
  entity,
  ...(bound.extend && { set: endOf(bound.untilMs) }),
  add: { count: 1 },
  condition: {
    when: "{untilMs} > :now and {untilMs} <= :horizon and {count} < :max",
    values: { ...hold(bound), max: bound.max },
  },
});

/** The first of a count, where none holds. */
const theFirst = (key: Key, bound: TryBound): Update => ({
  kind: "update",
  key,
  entity,
  set: { count: 1, ...endOf(bound.untilMs) },
  condition: {
    when: "attribute_not_exists({pk}) or {untilMs} <= :now or {untilMs} > :horizon",
    values: hold(bound),
  },
});

export function createThrottleStore(database: Database): ThrottleStore {
  return {
    async get(wanted) {
      const rows = await database.getMany<TryRow>(wanted.map(keys.tryCount), { strong: true });
      const found = new Map(rows.map((row) => [row.pk, row]));
      return wanted.map((key) => {
        const row = found.get(keys.tryCount(key).pk);
        return row && { count: row.count, untilMs: row.untilMs };
      });
    },

    async count(hash, bound) {
      const key = keys.tryCount(hash);
      const { nowMs, horizonMs, max } = bound;
      for (let race = 0; race < racesMax; race += 1) {
        const refused = await database.write(oneMore(key, bound));
        if (!refused) return true;
        const untilMs = Number(refused.stored?.["untilMs"]?.N ?? 0);
        const holds = untilMs > nowMs && untilMs <= horizonMs;
        if (holds && Number(refused.stored?.["count"]?.N) >= max) return false;
        if (!holds && !(await database.write(theFirst(key, bound)))) return true;
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
