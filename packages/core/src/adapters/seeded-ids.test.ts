import { isId } from "@sightline/contracts/ids";
import { expect, test } from "vitest";
import { createSeededIds } from "./seeded-ids.ts";

const secrets = { next: () => "", secret: () => String(Math.random()) };
const make = (seed: string, bornAtMs = 1_800_000_000_000) =>
  createSeededIds(secrets, { seed, bornAtMs });

test("the same seed gives the same ids in the same order, another seed others", () => {
  const three = (seed: string): string[] => {
    const ids = make(seed);
    return [ids.next("stream"), ids.next("stream"), ids.next("command")];
  };
  const [first = "", second = "", third = ""] = three("a");
  expect(three("a")).toEqual([first, second, third]);
  expect(new Set([first, second, third, ...three("b")]).size).toBe(6);
  expect([isId("stream", first), isId("stream", second), isId("command", third)]).toEqual([
    true,
    true,
    true,
  ]);
});

test("ids sort by the birth of the request, and secrets stay random", () => {
  expect(make("a").next("stream") < make("a", 1_800_000_000_001).next("stream")).toBe(true);
  expect(make("a").secret()).not.toBe(make("a").secret());
});
