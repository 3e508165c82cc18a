import { describe, expect, test } from "vitest";
import { storageFlaw } from "./storable.ts";

const nested = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => ({ a: inner }), 1);

describe("what may be stored", () => {
  test.each([
    0,
    -0,
    1,
    -0.5,
    2 ** 53 - 1,
    "",
    "a\u0000",
    "𝒳",
    null,
    [1],
    { __proto__: 1 },
    nested(16),
  ])("%j", (value) => expect(storageFlaw(value)).toBeUndefined());

  test.each([
    ["out of range", 2 ** 53],
    ["out of range", -1e308],
    ["out of range", { a: [5e-324] }],
    ["well-formed", "a\ud800"],
    ["well-formed", { "\udc00": 1 }],
    ["well-formed", "\u{10FFFF}"],
    ["deeper", nested(17)],
    ["deeper", nested(50_000)],
  ])("nothing that is not: %s", (flaw, value) => expect(storageFlaw(value)).toContain(flaw));
});
