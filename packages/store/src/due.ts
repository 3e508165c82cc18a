import type { DueStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { dueShards, indexes, parseDueKey, type Key } from "./keys.ts";

type DueRow = Key & { readonly dueAtMs: number };

export function createDueStore(database: Database): DueStore {
  return {
    async list(nowMs, rows) {
      const shards = await Promise.all(
        dueShards.map((shard) =>
          database.query<DueRow>({
            index: indexes.due,
            where: {
              when: "{dueShard} = :shard and {dueAtMs} <= :now",
              values: { shard, now: nowMs },
            },
            rows,
          }),
        ),
      );
      return shards
        .flat()
        .toSorted((a, b) => a.dueAtMs - b.dueAtMs)
        .slice(0, rows)
        .map((row) => ({ ...parseDueKey(row), dueAtMs: row.dueAtMs }));
    },
  };
}
