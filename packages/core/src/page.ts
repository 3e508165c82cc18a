import type { Page, PageRequest } from "./ports/page.ts";

const compareBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A page of what is all in memory, in the order in which the database sorts these keys. */
export function pageOfAll<T>(
  all: readonly T[],
  { rows, after }: PageRequest,
  keyOf: (item: T) => string,
): Page<T> {
  const left = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || compareBytes(key, after) > 0)
    .toSorted((a, b) => compareBytes(a.key, b.key));
  const shown = left.slice(0, rows);
  const items = shown.map(({ item }) => item);
  const last = shown.at(-1);
  return left.length > rows && last ? { items, next: last.key } : { items };
}
