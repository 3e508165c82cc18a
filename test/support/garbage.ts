/** What no client of good faith sends: texts, JSON and mutations of JSON that parsers, keys and engines trip over. */
import * as fc from "fast-check";

const texts = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udfff",
  "\u202e\u2028",
  "__proto__",
  "constructor",
  "NaN",
  "Infinity",
  "-1",
  "1e999",
  "0x10",
  "null",
  "../../etc/passwd",
  "%00",
  "a#b",
  "a/b",
  "ORG#x",
  "str_00000000000000000000000000",
  "dev_00000000000000000000000000",
  "cmd_00000000000000000000000000",
  "'; drop table x; --",
  "𝒳".repeat(128),
  "é".repeat(1_100),
  "x".repeat(5_000),
];

export const oddText = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 140 }),
);

const oddNumber = fc.oneof(
  fc.constantFrom(-1, 0, -0, 0.5, 1e308, -1e308, 5e-324, 1e21, 2 ** 53, 2 ** 31, 1e15),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

export const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { length: 1 }),
  oddNumber,
  oddText,
  fc.jsonValue({ maxDepth: 3 }),
);

const deep = (open: string, close: string, levels: number): string =>
  `${open.repeat(levels)}0${close.repeat(levels)}`;

/** Texts of JSON values, or nearly so. */
export const oddJson = fc.oneof(
  { weight: 6, arbitrary: oddValue.map((value) => JSON.stringify(value)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "1e999",
      "-1e999",
      "NaN",
      "01",
      "'x'",
      '"\\ud800"',
      '"\\u0000"',
      "undefined",
      "",
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '{"toString":1,"hasOwnProperty":null}',
      deep("[", "]", 10_000),
      deep('{"a":', "}", 10_000),
      `[${"0,".repeat(99_999)}0]`,
    ),
  },
);

const hole = "@@hole@@";
const keyHole = "@@key@@";

/** Text of `valid` with one place of it replaced, removed, doubled or added to; sometimes cut off. */
export function mutated(valid: unknown): fc.Arbitrary<string> {
  const places = placesOf(valid);
  return fc.oneof(
    { weight: 8, arbitrary: mutatedPlace(valid, places) },
    { weight: 1, arbitrary: oddJson },
    {
      weight: 1,
      arbitrary: fc.nat().map((at) => {
        const text = JSON.stringify(valid) ?? "";
        return text.slice(0, at % (text.length + 1));
      }),
    },
  );
}

type Place = readonly (string | number)[];

function placesOf(value: unknown, at: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...at, key]))];
}

const mutatedPlace = (valid: unknown, places: readonly Place[]): fc.Arbitrary<string> =>
  fc
    .record({
      place: fc.constantFrom(...places),
      kind: fc.constantFrom("replace", "remove", "add", "double"),
      json: oddJson,
      key: fc.oneof(fc.constantFrom("__proto__", "constructor", "id", "v", "revision"), oddText),
    })
    .map(({ place, kind, json, key }) => {
      const copy = { root: structuredClone(valid) };
      const path = ["root", ...place];
      const name = path.at(-1) ?? "root";
      const owner = reach(copy, path.slice(0, -1)) as Record<string, unknown>;
      const target = owner[name];
      const isMap = typeof target === "object" && target !== null && !Array.isArray(target);
      if (kind === "remove") Reflect.deleteProperty(owner, name);
      else if (isMap && kind !== "replace") (target as Record<string, unknown>)[keyHole] = hole;
      else owner[name] = hole;
      const firstKey = isMap ? Object.keys(target)[0] : undefined;
      const added = kind === "double" && firstKey !== undefined ? firstKey : key;
      return (JSON.stringify(copy.root) ?? "")
        .replace(`"${keyHole}"`, () => JSON.stringify(added))
        .replace(`"${hole}"`, () => json);
    });

const reach = (value: unknown, path: Place): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[String(key)], value);
