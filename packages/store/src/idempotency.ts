/** Claims of keyed requests: one row per key and principal, taken by a conditional put, taken over by a conditional update. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type {
  IdempotencyClaim,
  IdempotencyClaimant,
  IdempotencyStore,
  KeptAnswer,
} from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

const entity = "idempotency";

interface IdempotencyRow {
  readonly fingerprint: string;
  readonly owner: string;
  readonly seed: string;
  readonly firstAtMs: number;
  readonly leaseUntilMs: number;
  readonly expiresAtS: number;
  readonly answer?: KeptAnswer;
}

const rowOf = (by: IdempotencyClaimant): IdempotencyRow => ({
  fingerprint: by.fingerprint,
  owner: by.owner,
  seed: by.seed,
  firstAtMs: by.nowMs,
  leaseUntilMs: by.leaseUntilMs,
  expiresAtS: Math.ceil(by.expiresAtMs / 1000),
});

export function createIdempotencyStore(database: Database): IdempotencyStore {
  /** Only while the row still is as `before` says. */
  async function takeOver(
    id: string,
    before: IdempotencyRow,
    set: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const refused = await database.write({
      kind: "update",
      key: keys.idempotency(id),
      entity,
      set,
      condition: {
        when: "{owner} = :before and {leaseUntilMs} = :until",
        values: { before: before.owner, until: before.leaseUntilMs },
      },
    });
    return !refused;
  }

  async function claim(id: string, by: IdempotencyClaimant): Promise<IdempotencyClaim> {
    const fresh = rowOf(by);
    const key = keys.idempotency(id);
    const refused = await database.write({ kind: "put", key, entity, row: { ...fresh } });
    const claimed = { kind: "claimed", seed: by.seed, firstAtMs: by.nowMs } as const;
    const before = refused?.stored && readRow(refused.stored);
    if (!before) return refused ? { kind: "busy", untilMs: by.nowMs } : claimed;
    if (before.expiresAtS * 1000 <= by.nowMs) {
      if (await takeOver(id, before, { ...fresh, answer: undefined })) return claimed;
      return { kind: "busy", untilMs: by.leaseUntilMs };
    }
    if (before.fingerprint !== by.fingerprint) return { kind: "reused" };
    if (before.answer) return { kind: "answered", answer: before.answer };
    if (before.leaseUntilMs > by.nowMs) return { kind: "busy", untilMs: before.leaseUntilMs };
    const { owner, leaseUntilMs } = by;
    if (await takeOver(id, before, { owner, leaseUntilMs }))
      return { kind: "claimed", seed: before.seed, firstAtMs: before.firstAtMs };
    return { kind: "busy", untilMs: leaseUntilMs };
  }

  const whileMine = (owner: string) => ({
    when: "{owner} = :owner and attribute_not_exists({answer})",
    values: { owner },
  });

  return {
    claim,

    async complete(id, owner, answer) {
      const key = keys.idempotency(id);
      const condition = whileMine(owner);
      const refused = await database.write({
        kind: "update",
        key,
        entity,
        set: { answer },
        condition,
      });
      return !refused;
    },

    async release(id, owner) {
      const key = keys.idempotency(id);
      await database.write({ kind: "delete", key, condition: whileMine(owner) });
    },
  };
}

/** What a refused write shows of the row that refused it. */
function readRow(stored: Readonly<Record<string, AttributeValue>>): IdempotencyRow {
  const text = (name: string): string => stored[name]?.S ?? "";
  const number = (name: string): number => Number(stored[name]?.N ?? 0);
  const answer = stored["answer"]?.M;
  return {
    fingerprint: text("fingerprint"),
    owner: text("owner"),
    seed: text("seed"),
    firstAtMs: number("firstAtMs"),
    leaseUntilMs: number("leaseUntilMs"),
    expiresAtS: number("expiresAtS"),
    ...(answer && {
      answer: {
        status: Number(answer["status"]?.N ?? 0),
        headers: Object.fromEntries(
          Object.entries(answer["headers"]?.M ?? {}).map(([name, { S = "" }]) => [name, S]),
        ),
        body: answer["body"]?.S ?? "",
      },
    }),
  };
}
