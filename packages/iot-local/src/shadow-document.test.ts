import { describe, expect, test } from "vitest";
import {
  applyUpdate,
  deltaOf,
  fullDocument,
  type JsonObject,
  parseUpdate,
  type Shadow,
} from "./shadow-document.ts";

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Applies the states one after the other, at seconds 1, 2, 3, … */
function after(...states: object[]): Shadow {
  let shadow: Shadow | undefined;
  for (const [at, state] of states.entries())
    ({ shadow } = applyUpdate(shadow, parseUpdate(body({ state })), {
      nowS: at + 1,
      versionBefore: shadow?.version ?? 0,
    }));
  if (!shadow) throw new Error("no states given");
  return shadow;
}

describe("an update", () => {
  test.each<[string, object[], object]>([
    ["creates", [{ desired: { a: 1 } }], { desired: { a: 1 } }],
    ["merges keys", [{ desired: { a: 1 } }, { desired: { b: 2 } }], { desired: { a: 1, b: 2 } }],
    [
      "merges deeply",
      [{ desired: { o: { a: 1, b: 1 } } }, { desired: { o: { b: 2 } } }],
      { desired: { o: { a: 1, b: 2 } } },
    ],
    [
      "keeps the other section",
      [{ desired: { a: 1 } }, { reported: { a: 2 } }],
      { desired: { a: 1 }, reported: { a: 2 } },
    ],
    [
      "removes a key by null",
      [{ desired: { a: 1, b: 1 } }, { desired: { a: null } }],
      { desired: { b: 1 } },
    ],
    [
      "removes a deep key and keeps the empty object",
      [{ desired: { o: { a: 1 } } }, { desired: { o: { a: null } } }],
      { desired: { o: {} } },
    ],
    [
      "removes the last key and with it the section",
      [{ desired: { a: 1 } }, { desired: { a: null } }],
      {},
    ],
    [
      "removes a section by null",
      [{ desired: { a: 1 }, reported: { a: 1 } }, { desired: null }],
      { reported: { a: 1 } },
    ],
    [
      "replaces an array whole",
      [{ desired: { l: [1, 2, 3] } }, { desired: { l: [4] } }],
      { desired: { l: [4] } },
    ],
    [
      "replaces a value by an object",
      [{ desired: { a: 1 } }, { desired: { a: { b: 1 } } }],
      { desired: { a: { b: 1 } } },
    ],
    [
      "replaces an object by a value",
      [{ desired: { a: { b: 1 } } }, { desired: { a: 1 } }],
      { desired: { a: 1 } },
    ],
    ["stores an empty object", [{ desired: { a: {} } }], { desired: { a: {} } }],
    ["does not store an empty section", [{ desired: {} }], {}],
    [
      "does not store what is only nulls",
      [{ desired: { a: { b: null }, c: 1 } }],
      { desired: { c: 1 } },
    ],
    [
      "drops nulls in a new object",
      [{ desired: { a: { b: null, c: 1 } } }],
      { desired: { a: { c: 1 } } },
    ],
    [
      "ignores null for what is not there",
      [{ desired: { a: 1 } }, { desired: { z: null } }],
      { desired: { a: 1 } },
    ],
    [
      "keeps false, zero and the empty string",
      [{ desired: { a: false, b: 0, c: "" } }],
      { desired: { a: false, b: 0, c: "" } },
    ],
    [
      "keeps a key called __proto__ a key",
      [JSON.parse('{"desired":{"__proto__":{"x":1}}}') as object],
      JSON.parse('{"desired":{"__proto__":{"x":1}}}') as object,
    ],
  ])("%s", (_name, states, expected) => {
    expect(JSON.stringify(after(...states).state)).toBe(JSON.stringify(expected));
  });

  test.each<[string, object[], object]>([
    [
      "stamps what it touches",
      [{ desired: { a: 1, b: 1 } }, { desired: { b: 2 } }],
      { desired: { a: { timestamp: 1 }, b: { timestamp: 2 } } },
    ],
    [
      "stamps deep keys",
      [{ desired: { o: { a: 1 } } }, { desired: { o: { b: 1 } } }],
      { desired: { o: { a: { timestamp: 1 }, b: { timestamp: 2 } } } },
    ],
    [
      "stamps each item of an array",
      [{ desired: { l: [1, { x: 1 }] } }],
      { desired: { l: [{ timestamp: 1 }, { x: { timestamp: 1 } }] } },
    ],
    [
      "forgets removed keys",
      [{ desired: { a: 1, b: 1 } }, { desired: { a: null } }],
      { desired: { b: { timestamp: 1 } } },
    ],
    [
      "follows a change of type",
      [{ desired: { a: 1 } }, { desired: { a: { b: 1 } } }],
      { desired: { a: { b: { timestamp: 2 } } } },
    ],
    [
      "follows a change of type back",
      [{ desired: { a: { b: 1 } } }, { desired: { a: 1 } }],
      { desired: { a: { timestamp: 2 } } },
    ],
    [
      "stamps a key that is called timestamp",
      [{ desired: { o: { timestamp: 5 } } }, { desired: { o: { b: 1 } } }],
      { desired: { o: { timestamp: { timestamp: 1 }, b: { timestamp: 2 } } } },
    ],
    ["forgets the section that went", [{ desired: { a: 1 } }, { desired: { a: null } }], {}],
  ])("%s in the metadata", (_name, states, expected) => {
    expect(after(...states).metadata).toEqual(expected);
  });

  test("counts versions from 1, and on from a deleted one", () => {
    expect(after({ desired: { a: 1 } }, { desired: { a: 2 } }).version).toBe(2);
    const request = parseUpdate(body({ state: { desired: { a: 1 } } }));
    expect(applyUpdate(undefined, request, { nowS: 1, versionBefore: 7 }).shadow.version).toBe(8);
  });

  test("tells the metadata of what was asked, removed keys included", () => {
    const request = parseUpdate(body({ state: { desired: { a: null, b: 2 } } }));
    const { metadata } = applyUpdate(after({ desired: { a: 1, c: 1 } }), request, {
      nowS: 9,
      versionBefore: 1,
    });
    expect(metadata).toEqual({ desired: { a: { timestamp: 9 }, b: { timestamp: 9 } } });
  });

  test("does not change the document it starts from", () => {
    const before = after({ desired: { o: { a: 1 }, l: [1] } });
    const copy = structuredClone(before);
    const request = parseUpdate(body({ state: { desired: { o: { a: 2, b: 1 }, l: [2] } } }));
    applyUpdate(before, request, { nowS: 2, versionBefore: 1 });
    expect(before).toEqual(copy);
  });

  test.each<[string, unknown, [status: number, message: string]]>([
    ["no JSON", "", [400, "Invalid JSON"]],
    ["an array", [], [400, "Invalid JSON"]],
    ["no state", {}, [400, "Missing required node: state"]],
    ["a state that is no object", { state: 1 }, [400, "State node must be an object"]],
    [
      "a desired that is no object",
      { state: { desired: 1 } },
      [400, "Desired node must be an object"],
    ],
    [
      "a reported that is an array",
      { state: { reported: [] } },
      [400, "Reported node must be an object"],
    ],
    ["another node in state", { state: { wanted: {} } }, [400, "State contains an invalid node"]],
    ["a version that is no number", { state: {}, version: "1" }, [400, "Invalid version"]],
    [
      "a long client token",
      { state: {}, clientToken: "x".repeat(65) },
      [400, "Invalid clientToken"],
    ],
    [
      "nine levels",
      { state: { desired: { 1: { 2: { 3: { 4: { 5: { 6: { 7: { 8: { 9: 1 } } } } } } } } } } },
      [400, "too many levels"],
    ],
    ["an old version", { state: {}, version: 2 }, [409, "Version conflict"]],
    [
      "more than 8 KB",
      { state: { desired: { a: "x".repeat(8192) } } },
      [413, "exceeds the maximum size"],
    ],
  ])("refuses %s", (_name, value, [status, message]) => {
    const payload = value === "" ? Buffer.from("{") : body(value);
    const apply = (): unknown =>
      applyUpdate(undefined, parseUpdate(payload), { nowS: 1, versionBefore: 1 });
    expect(apply).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(message) }),
    );
  });

  test("takes eight levels", () => {
    const deep = { 1: { 2: { 3: { 4: { 5: { 6: { 7: { 8: 1 } } } } } } } };
    expect(after({ desired: deep }).state).toEqual({ desired: deep });
  });

  test("counts both sections together, and no metadata, against 8 KB", () => {
    const half = "x".repeat(4_000);
    expect(() => after({ desired: { a: half } }, { reported: { a: half } })).not.toThrow();
    const more = { desired: { a: half, b: "y".repeat(200) } };
    expect(() => after(more, { reported: { a: half } })).toThrow("maximum size");
  });
});

describe("a delta", () => {
  test.each<[string, JsonObject, JsonObject | undefined]>([
    ["is nothing when nothing is desired", { reported: { a: 1 } }, undefined],
    ["is nothing when all is so", { desired: { a: 1 }, reported: { a: 1, b: 2 } }, undefined],
    ["is all when nothing is reported", { desired: { a: 1 } }, { a: 1 }],
    ["holds only what differs", { desired: { a: 1, b: 2 }, reported: { a: 1, b: 1 } }, { b: 2 }],
    ["goes deep", { desired: { o: { a: 1, b: 2 } }, reported: { o: { a: 1 } } }, { o: { b: 2 } }],
    ["takes arrays whole", { desired: { l: [1, 2] }, reported: { l: [1] } }, { l: [1, 2] }],
    [
      "compares arrays by value",
      { desired: { l: [{ a: 1 }] }, reported: { l: [{ a: 1 }] } },
      undefined,
    ],
    [
      "ignores the order of keys",
      { desired: { o: { a: 1, b: 2 } }, reported: { o: { b: 2, a: 1 } } },
      undefined,
    ],
    ["tells a type apart", { desired: { a: 1 }, reported: { a: "1" } }, { a: 1 }],
  ])("%s", (_name, state, expected) => {
    expect(deltaOf(after(state))?.state).toEqual(expected);
  });

  test("carries the metadata of the desired side, for its own keys only", () => {
    const shadow = after({ desired: { a: 1, o: { x: 1, y: 1 } } }, { reported: { o: { x: 1 } } });
    expect(deltaOf(shadow)).toEqual({
      state: { a: 1, o: { y: 1 } },
      metadata: { a: { timestamp: 1 }, o: { y: { timestamp: 1 } } },
    });
  });

  test("stands in the full document beside both sections", () => {
    const shadow = after({ desired: { a: 1 }, reported: { a: 2 } });
    expect(fullDocument(shadow)).toEqual({
      state: { desired: { a: 1 }, reported: { a: 2 }, delta: { a: 1 } },
      metadata: { desired: { a: { timestamp: 1 } }, reported: { a: { timestamp: 1 } } },
      version: 1,
      timestamp: 1,
    });
  });
});
