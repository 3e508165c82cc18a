/** The audit log of an organization, as its admin reads it. */
import type { Cloud } from "./fixtures.ts";

export interface AuditEntry {
  readonly id: string;
  readonly atMs: number;
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly name: string;
    readonly user?: number;
  };
  readonly operation: string;
  readonly path: string;
  readonly requestId: string;
  readonly traceId?: string;
  readonly originator: string;
  readonly status: number | null;
  readonly durationMs: number | null;
}

/** Newest first; the newest 500 with what `query` says. */
export async function auditLog(
  cloud: Cloud,
  { query = "", token = cloud.token } = {},
): Promise<readonly AuditEntry[]> {
  const answer = await cloud.call(`/v1/audit?limit=500${query}`, { token });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body.items;
}

/** Those of one request. */
export const auditOf = async (cloud: Cloud, requestId: string): Promise<readonly AuditEntry[]> =>
  (await auditLog(cloud)).filter((entry) => entry.requestId === requestId);
