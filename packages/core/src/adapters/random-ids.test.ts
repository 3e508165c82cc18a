import { idPrefixes, isId, type IdKind } from "@sightline/contracts/ids";
import { expect, test } from "vitest";
import { createRandomIds } from "./random-ids.ts";

const clock = { now: 1_800_000_000_000 };
const ids = createRandomIds({ nowMs: () => clock.now, sleep: () => Promise.resolve() });

test.each(Object.keys(idPrefixes) as IdKind[])("an id of a %s has its form", (kind) => {
  expect(isId(kind, ids.next(kind))).toBe(true);
});

test("later ids sort later, in one millisecond and when the clock goes back", () => {
  const made = Array.from({ length: 100 }, () => ids.next("command"));
  clock.now -= 5_000;
  made.push(ids.next("command"));
  clock.now += 10_000;
  made.push(ids.next("command"));
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test("secrets are 32 fresh bytes", () => {
  expect(ids.secret()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(ids.secret()).not.toBe(ids.secret());
});
