/** What the contract suite is given. */
import { expect, vi } from "vitest";
import type { ErrorCode } from "@sightline/contracts/errors";
import type { Page, PageRequest } from "@sightline/core/ports/page";
import type { Store } from "@sightline/core/ports/store";

export interface Subject {
  readonly store: Store;
  /** The store's clock. */
  readonly clock: { nowMs: number };
  /** Every row of every table, to prove that something has written nothing. */
  everything(): Promise<unknown>;
  close(): Promise<void>;
}

/** The suite opens its subject before the tests run, but they are declared before. */
export type SubjectOf = () => Subject;

/** Refused with this code, and no row is different. */
export async function expectRefusal(
  subject: Subject,
  code: ErrorCode,
  run: () => Promise<unknown>,
): Promise<void> {
  const before = await subject.everything();
  await expect(run()).rejects.toMatchObject({ name: "DomainError", code });
  expect(await subject.everything()).toEqual(before);
}

/** Every row but the counts of what is at sites, which stay. */
export const rowsLeft = async (subject: Subject): Promise<unknown> =>
  ((await subject.everything()) as readonly { readonly entity?: string }[]).filter(
    ({ entity }) => entity !== "site-contents",
  );

/** Answers this (`false` when nothing is said), and no row is different. */
export async function expectNoWrite(
  subject: Subject,
  run: () => Promise<unknown>,
  ...answer: readonly [] | readonly [unknown]
): Promise<void> {
  const before = await subject.everything();
  expect(await run()).toEqual(answer.length === 0 ? false : answer[0]);
  expect(await subject.everything()).toEqual(before);
}

/** All pages one after the other; fails on a page that is too long or an end that is announced as "more". */
export async function allPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  rows: number,
): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await list({ rows, ...(after !== undefined && { after }) });
    expect(page.items.length).toBeLessThanOrEqual(rows);
    if (page.next !== undefined) expect(page.items.length).toBe(rows);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** Lists may lag: what is said of them has to hold after a while, on an engine without lag at once. */
export const settled = (check: () => Promise<unknown>): Promise<unknown> =>
  vi.waitFor(check, { timeout: 10_000, interval: 50 });

/** How many of the racers came to each outcome: an answer as JSON, or the code of an error. */
export async function outcomes(
  racers: readonly Promise<unknown>[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.allSettled(racers)) {
    const outcome =
      result.status === "fulfilled"
        ? (JSON.stringify(result.value) ?? "done")
        : ((result.reason as { code?: string }).code ?? String(result.reason));
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}
