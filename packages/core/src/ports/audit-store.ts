/** The audit log, as core needs it from the database. Records get there with the change that they tell of: `Store.recording`. */
import type { AuditOutcome, AuditRecord } from "../audit/audit.ts";
import type { Page, PageRequest } from "./page.ts";

export interface AuditQuery extends PageRequest {
  /** At this time or later. */
  readonly fromMs?: number;
  /** Before this time. */
  readonly toMs?: number;
  /** Its id or its name. */
  readonly actor?: string;
  readonly operation?: string;
}

export interface AuditStore {
  /** Adds what came of the call, when its record is there. */
  finish(
    record: Pick<AuditRecord, "organization" | "id" | "atMs">,
    outcome: AuditOutcome,
  ): Promise<void>;
  /**
   * Listed, newest first. The work for one page is bounded (`limits.auditReadRowsMax`, `limits.auditReadDaysMax`), so a page may
   * hold fewer than asked for, none even, and still have a next one.
   * @throws DomainError input.cursor-invalid when `after` is none of its own
   */
  list(organization: string, query: AuditQuery): Promise<Page<AuditRecord>>;
}
