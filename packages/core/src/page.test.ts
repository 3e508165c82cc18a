import { expect, test } from "vitest";
import { pageOfAll } from "./page.ts";

const names = ["b", "\u{1F3A5}", "a", "\uFF5A", "é"];
const sorted = ["a", "b", "é", "\uFF5A", "\u{1F3A5}"];
const page = (rows: number, after?: string) =>
  pageOfAll(names, { rows, ...(after !== undefined && { after }) }, (name) => name);

test("a page is in the order of bytes, as the database has it", () => {
  expect(page(5)).toEqual({ items: sorted });
  expect(page(9)).toEqual({ items: sorted });
});

test.each([1, 2, 3, 4])(
  "pages of %d hold everything once, and the last has no next one",
  (rows) => {
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const { items, next } = page(rows, after);
      found.push(...items);
      if (next === undefined) break;
      expect(items).toHaveLength(rows);
      expect(next).toBe(items.at(-1));
      after = next;
    }
    expect(found).toEqual(sorted);
  },
);

test("a page goes on behind what has gone meanwhile", () => {
  expect(page(1, "c")).toEqual({ items: ["é"], next: "é" });
  expect(page(1, "\u{10FFFF}")).toEqual({ items: [] });
});
