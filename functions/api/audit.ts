/** Who changed what. */
import { limits } from "@sightline/contracts/limits";
import { requireWhole } from "@sightline/core/access/reach";
import type { AuditRecord } from "@sightline/core/audit/audit";
import { listAudit } from "@sightline/core/audit/list";
import * as z from "zod";
import { parseInput, type Call, type Route } from "../shared/call.ts";
import { AuditRecordAnswer, pageOf } from "./answers.ts";
import { answerList, pageQuery } from "./list.ts";

const atMs = z.coerce.number().int().min(0).max(9_999_999_999_999).optional();
const text = z.string().min(1).max(limits.auditPathCharactersMax).optional();

/** `from` included, `to` not; `actor` by its id or name; `operation` as the records have it. */
const filters = { from: atMs, to: atMs, actor: text, operation: text };
const Filters = z.object(filters);

async function list(call: Call): Promise<Response> {
  const { deps, c, actor: caller } = call;
  requireWhole(caller.reach);
  const { from: fromMs, to: toMs, actor, operation } = parseInput(Filters, c.req.query());
  const query = {
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(actor !== undefined && { actor }),
    ...(operation !== undefined && { operation }),
  };
  return answerList(call, {
    query: ["audit", caller.organization, query],
    read: (page) => listAudit(deps, caller.organization, { ...page, ...query }),
    render: (items) => items.map(auditView),
  });
}

/** Null while nobody knows what came of it. */
const auditView = ({ organization: _, ...record }: AuditRecord) => ({
  ...record,
  status: record.status ?? null,
  durationMs: record.durationMs ?? null,
});

export const auditRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/audit",
    access: "audit:read",
    about: {
      summary: "Lists the calls that changed something, newest first; a page may be short.",
      query: { ...pageQuery, ...filters },
      answers: { 200: pageOf("AuditRecords", AuditRecordAnswer) },
      errors: ["input.invalid", "input.cursor-invalid"],
    },
    handle: list,
  },
];
