/** Refusals, as every route answers them. [RFC 9457] */
import { errorTable, type ErrorCode } from "@sightline/contracts/errors";
import { expect } from "vitest";
import type { Answer } from "./api.ts";

/** The answer is the problem document of this code, whole. */
export function expectProblem(answer: Answer, code: ErrorCode): void {
  const { status, meaning } = errorTable[code];
  expect(answer.body).toMatchObject({ code, status });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body).toMatchObject({
    type: `urn:sightline:error:${code}`,
    title: meaning,
    detail: expect.stringMatching(/./) as string,
    instance: expect.stringMatching(/^\//) as string,
    requestId: answer.headers.get("x-request-id"),
  });
  expect(answer.headers.get("x-request-id")).toMatch(/./);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  if (status === 401) expect(answer.headers.get("www-authenticate")).toContain("Basic");
  if (status === 429 || status === 503)
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
}
