import { limits } from "@sightline/contracts/limits";
import { Hono, type Context } from "hono";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { etag, ifMatchRevision, parseInput, preferredWaitMs, readJson, type Call } from "./call.ts";

/** What `read` makes of a request, or the code of its refusal. */
async function read(
  what: (c: Context) => unknown,
  request: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<unknown> {
  const app = new Hono();
  let outcome: unknown;
  app.post("/", async (c) => {
    outcome = await Promise.resolve()
      .then(() => what(c))
      .catch((error: unknown) => (error as { code?: unknown }).code);
    return c.body(null);
  });
  await app.request("/", { method: "POST", ...request });
  return outcome;
}

const callOf = (c: Context): Call => ({ c }) as Call;

describe("Prefer", () => {
  test.each([
    [undefined, 0],
    ["", 0],
    ["wait=5", 5_000],
    ["wait=0", 0],
    ["Wait=5", 5_000],
    ['wait="5"', 5_000],
    ["wait = 5", 5_000],
    ["respond-async, wait=10", 10_000],
    ["respond-async;wait=10", 10_000],
    ["wait=100", limits.waitMsMax],
    ["wait=99999", limits.waitMsMax],
    ["wait=-1", 0],
    ["wait=soon", 0],
    ["await=5", 0],
    ["wait-5", 0],
    ["return=minimal", 0],
  ])("%j waits %i ms", async (prefer, waitMs) => {
    const headers = prefer === undefined ? {} : { prefer };
    expect(await read((c) => preferredWaitMs(callOf(c)), { headers })).toBe(waitMs);
  });
});

describe("If-Match", () => {
  test.each<[string | undefined, unknown]>([
    [undefined, undefined],
    ["*", undefined],
    ['"3"', 3],
    [' "3" ', 3],
    [etag(42), 42],
    ["3", "input.invalid"],
    ['W/"3"', "input.invalid"],
    ['"3", "4"', "input.invalid"],
    ['"abc"', "input.invalid"],
    ['""', "input.invalid"],
    ['"-1"', "input.invalid"],
    ["", "input.invalid"],
  ])("%j is %j", async (header, revision) => {
    const headers = header === undefined ? {} : { "if-match": header };
    expect(await read((c) => ifMatchRevision(callOf(c)), { headers })).toBe(revision);
  });
});

describe("a body", () => {
  test.each<[string | undefined, string, unknown]>([
    ["application/json", '{"a":1}', { a: 1 }],
    ["application/json; charset=utf-8", "[]", []],
    ["Application/JSON", "null", null],
    ["application/merge-patch+json", '{"a":null}', { a: null }],
    ["application/json", "", "input.invalid"],
    ["application/json", "{", "input.invalid"],
    ["text/plain", "{}", "input.unsupported"],
    ["application/x-www-form-urlencoded", "a=1", "input.unsupported"],
    ["application/jsonp", "{}", "input.unsupported"],
    [undefined, "{}", "input.unsupported"],
  ])("of %s with %j is %j", async (type, body, value) => {
    // fetch adds a type to text of its own.
    const headers = { "content-type": type ?? "" };
    expect(await read((c) => readJson(c), { headers, body })).toEqual(value);
  });
});

test("findings name the place and not the value", () => {
  const schema = z.strictObject({ source: z.strictObject({ password: z.string().max(4) }) });
  let thrown: unknown;
  try {
    parseInput(schema, { source: { password: "planted-1" }, other: "planted-2" });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    code: "input.invalid",
    details: { findings: [{ path: "source.password" }, { path: "" }] },
  });
  const { message, details } = thrown as { message: string; details: unknown };
  expect(JSON.stringify([message, details])).not.toContain("planted");
});
