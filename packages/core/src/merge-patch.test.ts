import { describe, expect, test } from "vitest";
import { applyMergePatch, mergePatchBetween } from "./merge-patch.ts";

/** [RFC 7396, appendix A] */
test.each<[unknown, unknown, unknown]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("%j patched with %j is %j", (target, patch, result) => {
  const before = structuredClone([target, patch]);
  expect(applyMergePatch(target, patch)).toStrictEqual(result);
  expect([target, patch]).toStrictEqual(before);
});

test("__proto__ is a key like any other", () => {
  const patch: unknown = JSON.parse('{"a": {"__proto__": {"admin": true}}}');
  const result = applyMergePatch({ a: {} }, patch) as { a: Record<string, unknown> };
  expect(Object.keys(result.a)).toEqual(["__proto__"]);
  expect(result.a["admin"]).toBeUndefined();
  expect(JSON.stringify(mergePatchBetween({}, result))).toBe('{"a":{"__proto__":{"admin":true}}}');
});

describe("the patch between two documents", () => {
  test.each<[object, object, unknown]>([
    [{}, {}, undefined],
    [{ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, undefined],
    [{ a: 1 }, { a: 2 }, { a: 2 }],
    [{ a: 1 }, {}, { a: null }],
    [{}, { a: {} }, { a: {} }],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
    [{ a: { b: 1 } }, { a: {} }, { a: { b: null } }],
    [{ a: { b: 1 } }, { a: [1] }, { a: [1] }],
    [{ a: [1, 2] }, { a: [2, 1] }, { a: [2, 1] }],
    [{ a: "1" }, { a: 1 }, { a: 1 }],
    [{ a: false }, { a: 0 }, { a: 0 }],
    [{}, { toString: 1, constructor: { b: 1 } }, { toString: 1, constructor: { b: 1 } }],
  ])("from %j to %j is %j", (from, to, patch) => {
    expect(mergePatchBetween({ ...from }, { ...to })).toEqual(patch);
  });

  test("applied to the first gives the second, and is not there only when they are equal", () => {
    const seed = 20_261_121;
    const next = mulberry32(seed);
    for (let at = 0; at < 2_000; at += 1) {
      const [from, to] = [someObject(next, 3), someObject(next, 3)];
      const patch = mergePatchBetween(from, to);
      const why = `seed ${seed}, pair ${at}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`;
      expect(applyMergePatch(from, patch ?? {}), why).toEqual(to);
      expect(mergePatchBetween(to, to), why).toBeUndefined();
    }
  });
});

/** Small numbers from a seed, so that a failure can be repeated. */
function mulberry32(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Next = (below: number) => number;

/** Few keys and values, so that documents often have something in common. */
function someObject(next: Next, depth: number): Record<string, unknown> {
  const keys = ["a", "b", "c", "d"].filter(() => next(2) === 0);
  return Object.fromEntries(keys.map((key) => [key, someValue(next, depth)]));
}

function someValue(next: Next, depth: number): unknown {
  const kind = next(depth > 0 ? 6 : 4);
  if (kind === 0) return next(2);
  if (kind === 1) return ["", "x"][next(2)];
  if (kind === 2) return next(2) === 0;
  if (kind === 3) return [];
  if (kind === 4) return [someValue(next, depth - 1), next(2)];
  return someObject(next, depth - 1);
}
