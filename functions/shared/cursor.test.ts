import { limits } from "@sightline/contracts/limits";
import { describe, expect, test } from "vitest";
import { makeCursor, readPage } from "./cursor.ts";

const query = ["streams", "org_1", undefined];
const read = (cursor?: string, limit?: string, of: readonly unknown[] = query) =>
  readPage(of, { cursor, limit });

test.each(["door/1", "", 'ü\u0000"', "x".repeat(500)])("a cursor goes on after %j", (after) => {
  expect(read(makeCursor(query, after))).toEqual({ rows: limits.pageRowsDefault, after });
  expect(makeCursor(query, after)).toMatch(/^[\w-]+$/);
});

test("without a cursor a list begins at its beginning", () => {
  expect(read()).toEqual({ rows: limits.pageRowsDefault });
});

describe("a cursor is refused", () => {
  const cursor = makeCursor(query, "door/1");
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const [fingerprint] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as [string];

  test.each<[string, string, readonly unknown[]]>([
    ["of another list", cursor, ["devices", "org_1", undefined]],
    ["of another organization", cursor, ["streams", "org_2", undefined]],
    ["of another site", cursor, ["streams", "org_1", 1]],
    ["that is empty", "", query],
    ["that is garbage", "garbage", query],
    ["that is cut", cursor.slice(0, -3), query],
    ["that is JSON of another form", encode({ after: "door/1" }), query],
    ["that has no place", encode([fingerprint]), query],
    ["whose place is no text", encode([fingerprint, 5]), query],
    ["whose fingerprint is another", encode(["x", "door/1"]), query],
  ])("%s", (_, given, of) => {
    expect(() => read(given, undefined, of)).toThrow(
      expect.objectContaining({ code: "input.cursor-invalid" }),
    );
  });
});

test.each([
  ["1", 1],
  [String(limits.pageRowsMax), limits.pageRowsMax],
])("a limit of %s is taken", (limit, rows) => {
  expect(read(undefined, limit)).toEqual({ rows });
});

test.each(["0", "-1", "1.5", "501", "many", "", "NaN", "Infinity", "1e9"])(
  "a limit of %j is refused",
  (limit) => {
    expect(() => read(undefined, limit)).toThrow(
      expect.objectContaining({ code: "input.invalid" }),
    );
  },
);
