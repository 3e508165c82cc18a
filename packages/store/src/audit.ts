/** The audit log: a partition for each day of an organization, records in it by time. */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { AuditRecord } from "@sightline/core/audit/audit";
import type { AuditQuery, AuditStore } from "@sightline/core/ports/audit-store";
import type { Page } from "@sightline/core/ports/page";
import type { Database } from "./database.ts";
import { auditDay, auditTime, idOf, keys, organizationOf, type Key } from "./keys.ts";
import { cut, mapPage } from "./page.ts";
import { isStored, type Update } from "./write.ts";

const entity = "audit";

/** Without what the keys say. */
type AuditRow = Key & Omit<AuditRecord, "organization" | "id" | "atMs">;

/** Goes along with a change. It may be sent again, for one record; once finished it stays. */
export function recordOf(record: AuditRecord): Update {
  const { organization, id, atMs, ...row } = record;
  const expiresAtS = Math.ceil((atMs + limits.auditKeptMs) / 1000);
  return {
    kind: "update",
    key: keys.audit(organization, { atMs, id }),
    entity,
    set: { ...row, expiresAtS },
    condition: { when: "attribute_not_exists({status})" },
  };
}

export function createAuditStore(database: Database): AuditStore {
  return {
    async finish({ organization, ...record }, { status, durationMs }) {
      const key = keys.audit(organization, record);
      const set = { status, durationMs };
      await database.write({ kind: "update", key, entity, set, condition: isStored });
    },

    list: (organization, query) => list(database, organization, query),
  };
}

const dayMs = 86_400_000;
/** Clocks of those who write differ a little. */
const aheadMs = 60_000;
const chunkRows = 250;

/**
 * Goes back in time, day by day, from a position: a range key or the beginning of one, everything below which is still to come.
 * What the filters leave out has been read nevertheless.
 */
async function list(
  database: Database,
  organization: string,
  { rows, ...query }: AuditQuery,
): Promise<Page<AuditRecord>> {
  const { low, matches, ...first } = boundsOf(query, database.nowMs());
  let { position } = first;
  const found: AuditRow[] = [];
  let left: number = limits.auditReadRowsMax;
  for (let days = 0; days < limits.auditReadDaysMax;) {
    if (position <= low) return pageOf(found, rows);
    if (left <= 0) break;
    // The position itself is excluded: what begins a day belongs to the one before.
    const lastMs = timeOf(position) - (position.includes("#") ? 0 : 1);
    const pk = auditDay(organization, lastMs);
    const asked = Math.min(left, matches ? chunkRows : rows + 1 - found.length);
    const read = await database.query<AuditRow>({
      where: {
        when: "{pk} = :pk and {sk} between :low and :high",
        values: { pk, low, high: position },
      },
      after: { pk, sk: position },
      rows: asked,
      backwards: true,
    });
    left -= read.length;
    found.push(...(matches ? read.filter(matches) : read));
    if (found.length > rows) return pageOf(found, rows);
    const last = read.at(-1);
    if (read.length === asked && last) position = last.sk;
    else {
      position = auditTime(lastMs - (lastMs % dayMs));
      days += 1;
    }
  }
  return { ...pageOf(found, rows), next: position };
}

function boundsOf(
  { after, fromMs = 0, toMs, actor, operation }: Omit<AuditQuery, "rows">,
  nowMs: number,
) {
  if (after !== undefined && !/^\d{13}(?:#aud_[\da-z]{26})?$/.test(after))
    throw new DomainError("input.cursor-invalid", "the cursor is not one of this query", {
      hint: "start again without a cursor",
    });
  const newestMs = Math.min(toMs ?? Number.POSITIVE_INFINITY, nowMs + aheadMs);
  const newest = auditTime(newestMs);
  const isMatch = (row: AuditRow): boolean =>
    (actor === undefined || actor === row.actor.id || actor === row.actor.name) &&
    (operation === undefined || operation === row.operation);
  return {
    position: after !== undefined && after < newest ? after : newest,
    /** Nothing older is kept. */
    low: auditTime(Math.min(Math.max(fromMs, nowMs - limits.auditKeptMs), newestMs)),
    ...((actor !== undefined || operation !== undefined) && { matches: isMatch }),
  };
}

const timeOf = (position: string): number => Number(position.slice(0, auditTime(0).length));

const pageOf = (found: readonly AuditRow[], rows: number): Page<AuditRecord> =>
  mapPage(
    cut(found, rows, ({ sk }) => sk),
    auditRecordOf,
  );

const auditRecordOf = (row: AuditRow): AuditRecord => ({
  organization: organizationOf(row.pk),
  id: idOf(row.sk),
  atMs: timeOf(row.sk),
  actor: row.actor,
  operation: row.operation,
  path: row.path,
  requestId: row.requestId,
  ...(row.traceId !== undefined && { traceId: row.traceId }),
  originator: row.originator,
  ...(row.status !== undefined && { status: row.status }),
  ...(row.durationMs !== undefined && { durationMs: row.durationMs }),
});
