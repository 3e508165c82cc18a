import { describe, expect, test } from "vitest";
import { parseLenient } from "./lenient-json.ts";
import { readBoolean, readInt, readText, readUnsigned } from "./value.ts";

describe("JSON", () => {
  test.each<[string, unknown]>([
    ['{"a":1}', { a: 1 }],
    ['\uFEFF {"a":[1,{"b":"}"}]}', { a: [1, { b: "}" }] }],
    ['{"a":1} and more', { a: 1 }],
    ['{"a":1}{"a":2}', { a: 1 }],
    ['// first\n{"a":/* one */1,// end\n}', { a: 1 }],
    ['{"a":"//no /* comment"}', { a: "//no /* comment" }],
    ['{"a":[1,2, ],}', { a: [1, 2] }],
    ['{"a":"two\nlines\t\\" \\\\"}', { a: 'two\nlines\t" \\' }],
    ["[]", []],
    ['{"a":1,"a":2}', { a: 2 }],
  ])("%j is read", (text, value) => {
    expect(parseLenient(text)).toEqual(value);
  });

  test.each([
    "",
    "  ",
    "null",
    "1",
    '"text"',
    "// only",
    "{",
    '{"a":1',
    '{"a":',
    "{'a':1}",
    '{"a":tr/**/ue}',
    '{"a":1/**/2}',
    '{"a" 1}',
    '{"a":"x}',
    '{"a":1/*}',
    "{,}",
    "[1,,]",
    "{]",
    "x{}",
    "}{",
    "[".repeat(65) + "]".repeat(65),
  ])("%j is none", (text) => {
    expect(parseLenient(text)).toBeUndefined();
  });

  test.each(['"\\"', "/*", "//", "[[],", '{"a":"', ",", " ,", "/"])(
    "many times %j is seen to be none",
    (part) => {
      // Looked at again for each part, it would take longer than a test may.
      for (const head of ["", "[[", '{"a":'])
        expect(parseLenient(`${head}${part.repeat(250_000 / part.length)}`)).toBeUndefined();
    },
  );
});

describe("a number without a sign", () => {
  test.each<[unknown, number]>([
    [0, 0],
    [4_294_967_295, 4_294_967_295],
    [2.7, 2],
    [true, 1],
    [false, 0],
    [null, 0],
  ])("%j is %i", (value, read) => {
    expect(readUnsigned(value)).toBe(read);
  });

  test.each<[unknown, string]>([
    ["2", "Value is not convertible to UInt."],
    [[], "Value is not convertible to UInt."],
    [{}, "Value is not convertible to UInt."],
    [-1, "LargestInt out of UInt range"],
    [4_294_967_296, "LargestInt out of UInt range"],
    [1e19, "LargestUInt out of UInt range"],
    [1e20, "double out of UInt range"],
    [-0.5, "double out of UInt range"],
  ])("%j is refused: %s", (value, text) => {
    expect(() => readUnsigned(value)).toThrow(text);
  });
});

test("a number with a sign, a flag and a text are read as DeepStream reads them", () => {
  expect([-1, 3.9, true, null].map(readInt)).toEqual([-1, 3, 1, 0]);
  expect(() => readInt(2_147_483_648)).toThrow("LargestInt out of Int range");
  expect(() => readInt("1")).toThrow("Value is not convertible to Int.");
  expect([true, 1, 0.5, 0, false, null].map(readBoolean)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(() => readBoolean("true")).toThrow("Value is not convertible to bool.");
  expect(["a", 5, 2.5, true, null, undefined].map(readText)).toEqual([
    "a",
    "5",
    "2.5",
    "true",
    "",
    "",
  ]);
  expect(() => readText([])).toThrow("Type is not convertible to string");
});
