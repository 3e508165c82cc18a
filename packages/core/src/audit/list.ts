import type { AuditQuery } from "../ports/audit-store.ts";
import type { Deps } from "../ports/deps.ts";
import type { Page } from "../ports/page.ts";
import type { AuditRecord } from "./audit.ts";

/** As the store lists them; days before the organization was there are not looked through. */
export async function listAudit(
  { store }: Pick<Deps, "store">,
  organization: string,
  { fromMs = 0, ...query }: AuditQuery,
): Promise<Page<AuditRecord>> {
  const createdAtMs = (await store.organizations.get(organization))?.createdAtMs ?? 0;
  return store.audit.list(organization, { ...query, fromMs: Math.max(fromMs, createdAtMs) });
}
