import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { Enrolment } from "@sightline/core/enrolment/enrolment";
import type { EnrolmentStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

type EnrolmentRow = Omit<Enrolment, "id">;

/** `soleSinceMs`: claims from before then are of a process that has died. */
export function createEnrolmentStore(
  database: Database,
  soleSinceMs = Number.NEGATIVE_INFINITY,
): EnrolmentStore {
  const diedBeforeMs = (): number =>
    Math.max(database.nowMs(), soleSinceMs + limits.enrolmentIssuingMs);
  const get = async (id: string): Promise<Enrolment | undefined> => {
    const row = await database.get<EnrolmentRow>(keys.enrolment(id));
    return row && enrolmentOf(id, row);
  };
  return {
    get,

    async create({ id, ...enrolment }) {
      const row = { ...enrolment, expiresAtS: Math.ceil(enrolment.expiresAtMs / 1000) };
      const key = keys.enrolment(id);
      const refused = await database.write({ kind: "put", key, entity: "enrolment", row });
      if (refused) throw new Error(`enrolment ${id} was created before`);
    },

    async claim(id, { csrHash, untilMs }) {
      const refused = await database.write({
        kind: "update",
        key: keys.enrolment(id),
        entity: "enrolment",
        set: { state: "issuing", csrHash, issuingUntilMs: untilMs },
        condition: {
          when:
            "{expiresAtMs} > :now and ({state} = :unused or " +
            "({state} = :issuing and {csrHash} = :csrHash and {issuingUntilMs} <= :died))",
          values: {
            unused: "unused",
            issuing: "issuing",
            csrHash,
            now: database.nowMs(),
            died: diedBeforeMs(),
          },
        },
      });
      const enrolment = await get(id);
      if (enrolment?.csrHash !== csrHash) return undefined;
      if (!refused) return { kind: "claimed", enrolment };
      return enrolment.state === "used" ? { kind: "used", enrolment } : { kind: "busy" };
    },

    async release(id, csrHash) {
      await database.write({
        kind: "update",
        key: keys.enrolment(id),
        entity: "enrolment",
        set: { state: "unused", csrHash: undefined, issuingUntilMs: undefined },
        condition: {
          when: "{state} = :issuing and {csrHash} = :csrHash",
          values: { issuing: "issuing", csrHash },
        },
      });
    },

    async complete(id, answer) {
      const refused = await database.write({
        kind: "update",
        key: keys.enrolment(id),
        entity: "enrolment",
        set: { state: "used", answer },
        condition: { when: "{state} = :issuing", values: { issuing: "issuing" } },
      });
      // Whoever took over from one that was too slow has answered: that answer stands.
      if (refused && refused.stored?.["state"]?.S !== "used")
        throw new DomainError("enrolment.invalid", "the enrolment is not being carried out");
    },
  };
}

const enrolmentOf = (id: string, row: EnrolmentRow): Enrolment => ({
  id,
  secretHash: row.secretHash,
  organization: row.organization,
  device: row.device,
  state: row.state,
  ...(row.csrHash !== undefined && { csrHash: row.csrHash }),
  ...(row.issuingUntilMs !== undefined && { issuingUntilMs: row.issuingUntilMs }),
  ...(row.answer && { answer: row.answer }),
  createdAtMs: row.createdAtMs,
  expiresAtMs: row.expiresAtMs,
});
