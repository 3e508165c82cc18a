/** Lists: one row more than asked for is read, and tells whether there is a next page. */
import type { Page, PageRequest } from "@sightline/core/ports/page";
import type { Database } from "./database.ts";
import { indexes, type Key } from "./keys.ts";

export interface Named extends Key {
  readonly byName: string;
}

interface NameList {
  readonly pk: string;
  /** Of `byName`, where rows of several kinds share the partition. */
  readonly prefix?: string;
  readonly page: PageRequest;
}

/** Whole rows from the by-name index. Names are unique, so "after this name" needs no more than the name. */
export async function listByName<T extends Named>(
  database: Database,
  { pk, prefix = "", page }: NameList,
): Promise<Page<T>> {
  const rows = await database.query<T>({
    index: indexes.byName,
    where: { when: `{pk} = :pk and ${afterName}`, values: { pk, ...range(page, prefix) } },
    rows: page.rows + 1,
  });
  return cut(rows, page.rows, ({ byName }) => byName.slice(prefix.length));
}

/** Keys from the by-site index, a query for each site, merged by name; then the rows of one page. */
export async function listBySites<T extends Named>(
  database: Database,
  { bySites, page }: { readonly bySites: readonly string[]; readonly page: PageRequest },
): Promise<Page<T>> {
  const found = await Promise.all(
    bySites.map((site) =>
      database.query<Named>({
        index: indexes.bySite,
        where: { when: `{bySite} = :site and ${afterName}`, values: { site, ...range(page) } },
        rows: page.rows + 1,
      }),
    ),
  );
  const entries = bySites.length === 1 ? found.flat() : mergeByName(found.flat());
  const { items, ...next } = cut(entries, page.rows, ({ byName }) => byName);
  const rows = await database.getMany<T & { readonly bySite: string }>(items, { strong: false });
  // The index may still show what has left the sites. A cursor does not name it where another name does.
  const kept = rows.filter((row) => bySites.includes(row.bySite));
  return next.next === undefined
    ? { items: kept }
    : { items: kept, next: kept.at(-1)?.byName ?? next.next };
}

/** In the index's order, which is that of bytes; what has just changed its site may be there twice. */
function mergeByName(entries: readonly Named[]): readonly Named[] {
  const bytes = new Map(entries.map((entry) => [entry, Buffer.from(entry.byName)]));
  const sorted = entries.toSorted((a, b) => Buffer.compare(bytes.get(a)!, bytes.get(b)!));
  return sorted.filter((entry, at) => entry.byName !== sorted[at - 1]?.byName);
}

/** A page out of `rows + 1` of them. */
export function cut<T>(found: readonly T[], rows: number, nameOf: (row: T) => string): Page<T> {
  const items = found.slice(0, rows);
  const last = items.at(-1);
  return found.length > rows && last ? { items, next: nameOf(last) } : { items };
}

export const mapPage = <A, B>({ items, ...next }: Page<A>, map: (row: A) => B): Page<B> => ({
  items: items.map(map),
  ...next,
});

const afterName = "{byName} between :low and :high";

/** `between` includes its ends: the least text above `after` is `after` with a zero; nothing sorts above the last code point. */
const range = ({ after = "" }: PageRequest, prefix = ""): { low: string; high: string } => ({
  low: `${prefix}${after}\u0000`,
  high: `${prefix}\u{10FFFF}`,
});
