import { describe, expect, test } from "vitest";
import { DomainError, errorTable, isDomainError, isErrorCode, type ErrorCode } from "./errors.ts";

const rows = Object.entries(errorTable) as [ErrorCode, (typeof errorTable)[ErrorCode]][];

test.each(rows)("%s has a form, a status and a meaning", (code, { status, meaning }) => {
  expect(code).toMatch(/^(?:[a-z]+\.[a-z]+(?:-[a-z]+)*|internal)$/);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(600);
  expect(meaning).toMatch(/^[A-Z].*\.$/);
});

test.each(rows)("%s: the status and whether to try again agree", (_, { status, retryable }) => {
  // Unchanged, these can never succeed; those tell the client to come back.
  if ([400, 401, 403, 405, 410, 412, 413, 415, 501].includes(status)) expect(retryable).toBe(false);
  if ([429, 500, 503, 504].includes(status)) expect(retryable).toBe(true);
});

describe("codes", () => {
  test.each(["toString", "constructor", "__proto__", "", "stream", "Stream.not-found"])(
    "%j is none",
    (text) => {
      expect(isErrorCode(text)).toBe(false);
    },
  );
  test.each(rows.map(([code]) => code))("%s is one", (code) => {
    expect(isErrorCode(code)).toBe(true);
  });
});

test("a DomainError is told from other errors, and one code from another", () => {
  const error = new DomainError("stream.not-found", "there is no stream x", {
    hint: "look again",
    cause: "why",
    details: { a: 1 },
  });
  expect(isDomainError(error)).toBe(true);
  expect(isDomainError(error, "stream.not-found")).toBe(true);
  expect(isDomainError(error, "device.not-found")).toBe(false);
  expect(isDomainError(new Error("stream.not-found"))).toBe(false);
  expect(error).toMatchObject({ hint: "look again", cause: "why", details: { a: 1 } });
  expect("cause" in new DomainError("internal", "x")).toBe(false);
});
