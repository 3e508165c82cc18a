import { describe, expect, test } from "vitest";
import { selectFrom } from "./sql-evaluation.ts";
import { parseSql } from "./sql-parser.ts";
import type { Json } from "./shadow-document.ts";

const run = (sql: string, body: Json, topic = "ack/sl/dev/thing-1/cmd_9"): unknown =>
  selectFrom(parseSql(sql), {
    topic,
    body,
    timestampMs: 1_700_000_000_000,
    clientId: "thing-1",
    principal: "abc",
  });

describe("SELECT", () => {
  test.each<[string, Json, unknown]>([
    ["SELECT * FROM 'a/#'", { a: 1 }, { a: 1 }],
    ['select * from "a/#"', { a: 1 }, { a: 1 }],
    [
      "SELECT *, topic() AS t, topic(4) AS thing FROM '#'",
      { a: 1 },
      { a: 1, t: "ack/sl/dev/thing-1/cmd_9", thing: "thing-1" },
    ],
    ["SELECT * , topic(9) AS none FROM '#'", { a: 1 }, { a: 1 }],
    [
      "SELECT timestamp() AS at, clientid() AS c, principal() AS p FROM '#'",
      {},
      { at: 1_700_000_000_000, c: "thing-1", p: "abc" },
    ],
    ["SELECT state.reported AS r FROM '#'", { state: { reported: { x: 1 } } }, { r: { x: 1 } }],
    ["SELECT state.reported FROM '#'", { state: { reported: 5 } }, { reported: 5 }],
    ["SELECT a.b.c AS x FROM '#'", { a: 1 }, {}],
    ["SELECT 'text' AS t, 1.5 AS n, true AS b FROM '#'", {}, { t: "text", n: 1.5, b: true }],
    ["SELECT 'it''s' AS t FROM '#'", {}, { t: "it's" }],
    ["SELECT topic() FROM '#'", {}, { topic: "ack/sl/dev/thing-1/cmd_9" }],
  ])("%s", (sql, body, expected) => {
    expect(run(sql, body)).toEqual(expected);
  });

  test("* refuses a payload that is no object", () => {
    expect(() => run("SELECT * FROM '#'", [1])).toThrow("JSON object");
  });
});

describe("WHERE", () => {
  const body = { a: 1, s: "text", o: { b: true }, l: [1], e: "" };
  test.each<[string, boolean]>([
    ["a = 1", true],
    ["a = 2", false],
    ["a = '1'", false],
    ["a <> 2", true],
    ["a != 2", true],
    ["a > 0 AND a < 2", true],
    ["a >= 1 AND a <= 1", true],
    ["s > 'tex'", true],
    ["s > 1", false],
    ["o.b", true],
    ["o.b = true", true],
    ["NOT o.b", false],
    ["NOT a = 2", true],
    ["a = 2 OR s = 'text'", true],
    ["a = 1 OR a = 2 AND s = 'no'", true],
    ["(a = 1 OR a = 2) AND s = 'no'", false],
    ["topic(4) = 'thing-1'", true],
    ["startswith(topic(5), 'cmd_')", true],
    ["startswith(topic(5), 'evt_')", false],
    ["startsWith(a, 'x')", false],
    ["isUndefined(zzz)", true],
    ["isUndefined(o.b)", false],
    ["NOT isUndefined(o.b) AND isUndefined(o.c)", true],
    ["zzz = 1", false],
    ["zzz <> 1", false],
    ["a = -1", false],
  ])("%s is %s", (where, expected) => {
    expect(run(`SELECT * FROM '#' WHERE ${where}`, body) !== undefined).toBe(expected);
  });
});

test.each([
  ["SELEC * FROM 'a'", "expected SELECT, at character 1"],
  ["SELECT * FORM 'a'", "expected FROM"],
  ["SELECT * FROM a", "topic filter in quotes"],
  ["SELECT * FROM 'a/#/b'", "# stands alone"],
  ["SELECT * FROM 'a' WHERE", "expected a value"],
  ["SELECT * FROM 'a' WHERE a =", "expected a value"],
  ["SELECT * FROM 'a' WHERE (a = 1", 'expected ")"'],
  ["SELECT * FROM 'a' LIMIT 1", 'unexpected "LIMIT"'],
  ["SELECT md5(a) AS m FROM 'a'", "unknown function md5()"],
  ["SELECT topic(0) AS t FROM 'a'", "counted from 1"],
  ["SELECT 'x' FROM 'a'", "a literal needs AS"],
  ["SELECT a AS 'x' FROM 'a'", "expected a name"],
  ["SELECT a; FROM 'a'", 'unexpected ";"'],
  ["SELECT , FROM 'a'", "expected a value"],
])("%s: %s", (sql, message) => {
  expect(() => parseSql(sql)).toThrow(message);
});
