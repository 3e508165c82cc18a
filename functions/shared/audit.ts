/**
 * The audit record of a call: begun before the handler, stored with its first change, finished after its answer. A call that dies in
 * between leaves a record without an outcome, which says just that.
 */
import type { Context } from "hono";
import { limits } from "@sightline/contracts/limits";
import type { RecordAs } from "@sightline/core/ports/store";
import {
  originatorOf,
  traceIdOf,
  type AuditRecord,
  type RecordedAs,
} from "@sightline/core/audit/audit";
import type { Deps } from "@sightline/core/ports/deps";
import { redactText, type Log } from "./log.ts";

export type AuditDeps = Pick<Deps, "store" | "clock" | "ids"> & { readonly log: Log };

export interface RecordedCall {
  readonly c: Context;
  readonly operation: string;
  readonly requestId: string;
  readonly address: string;
  readonly beganAtMs: number;
}

const finisher = "finishAudit";
type Finish = (status: number) => Promise<void>;

export function recordCall(deps: AuditDeps, call: RecordedCall): RecordAs {
  return (by) => {
    const record = recordOf(deps, call, by);
    return deps.store.recording(record, () =>
      call.c.set(finisher as never, finishOf(deps, call, record) as never),
    );
  };
}

function recordOf(
  { clock, ids }: AuditDeps,
  { c, operation, requestId, address }: RecordedCall,
  { organization, actor }: RecordedAs,
): AuditRecord {
  const traceId = traceIdOf(c.req.header("traceparent"));
  return {
    organization,
    id: ids.next("audit"),
    atMs: clock.nowMs(),
    actor,
    operation,
    path: redactText(c.req.path).slice(0, limits.auditPathCharactersMax),
    requestId,
    ...(traceId !== undefined && { traceId }),
    originator: originatorOf(address),
  };
}

/** The change stands, and so does its answer, whether this can be written or not. */
const finishOf =
  (deps: AuditDeps, { beganAtMs, requestId }: RecordedCall, record: AuditRecord): Finish =>
  async (status) => {
    try {
      const durationMs = Math.max(0, deps.clock.nowMs() - beganAtMs);
      await deps.store.audit.finish(record, { status, durationMs });
    } catch (cause) {
      deps.log("warn", "an audit record stays without its outcome", { requestId, cause });
    }
  };

/** After the answer, a refusal included. */
export async function finishAudit(c: Context): Promise<void> {
  const finish = c.get(finisher as never) as Finish | undefined;
  await finish?.(c.res.status);
}
