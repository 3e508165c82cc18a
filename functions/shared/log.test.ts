import { DomainError } from "@sightline/contracts/errors";
import { describe, expect, test } from "vitest";
import { createLog, redact, redactText } from "./log.ts";

describe("in text", () => {
  test.each([
    ["rtsp://cam/1", "rtsp://cam/1"],
    ["rtsp://admin:planted@cam/1", "rtsp://cam/1"],
    ["RTSP://admin:planted@cam/1", "RTSP://cam/1"],
    ["rtsp://admin:plan@ted@cam/1", "rtsp://cam/1"],
    ["rtsp://admin:pl'an\"ted@cam/1", "rtsp://cam/1"],
    ["rtsp://admin:planted%40@cam/1", "rtsp://cam/1"],
    ["https://planted@host", "https://host"],
    ["a rtsp://a:planted@b/1, and rtsp://c:planted@d/2", "a rtsp://b/1, and rtsp://d/2"],
    ['{"url":"rtsp://a:planted@b/1"}', '{"url":"rtsp://b/1"}'],
    ["https://h/u?a=1&signature=planted", "https://h/u?a=1&signature=***"],
    ["https://h/u?X-Amz-Signature=planted&x=1", "https://h/u?X-Amz-Signature=***&x=1"],
    ["https://h/u?X-Amz-Security-Token=planted&x=1", "https://h/u?X-Amz-Security-Token=***&x=1"],
    ["https://h/u?token=planted", "https://h/u?token=***"],
    ["/t/planted/api/v1/stream/add", "/t/***/api/v1/stream/add"],
    ["GET https://h:8788/t/planted/version", "GET https://h:8788/t/***/version"],
    ["https://h/t/planted", "https://h/t/***"],
    ["no device for slt_pl-an_ted/x", "no device for slt_***/x"],
    ["no session for slr_pl-an.ted_d.", "no session for slr_***"],
    ["Bearer eyJhbGciOiJIUzI1NiJ9.planted.pla-nted", "Bearer eyJhbGciOiJIUzI1NiJ9.***"],
    ["rtsp://cam/t/1", "rtsp://cam/t/***"],
    ["/v1/t/1", "/v1/t/1"],
    ["mail me@example.com", "mail me@example.com"],
    ["10 % of https://h/a?b=c", "10 % of https://h/a?b=c"],
  ])("%j is logged as %j", (text, logged) => {
    expect(redactText(text)).toBe(logged);
  });
});

describe("in values", () => {
  test.each<[string, unknown, unknown]>([
    [
      "secret keys",
      { password: "x", Authorization: "x", token: "x", uploadUrl: "x", sealed: { text: "x" } },
      { password: "***", Authorization: "***", token: "***", uploadUrl: "***", sealed: "***" },
    ],
    [
      "nested ones",
      { a: [{ b: { credentials: { username: "x" } } }] },
      { a: [{ b: { credentials: "***" } }] },
    ],
    ["URLs in lists", ["rtsp://a:planted@b/1"], ["rtsp://b/1"]],
    [
      "what is no secret",
      { a: 1, b: null, c: undefined, d: false, passwords: 2 },
      { a: 1, b: null, c: undefined, d: false, passwords: 2 },
    ],
  ])("%s", (_, value, logged) => {
    expect(redact(value)).toEqual(logged);
  });

  test("errors are logged with where they come from, without the secrets of their message", () => {
    const text = redact(new Error("cannot play rtsp://a:planted@b/1"));
    expect(text).toContain("cannot play rtsp://b/1");
    expect(text).toContain("log.test.ts");
    expect(text).not.toContain("planted");
  });

  test("why an error came is logged with it", () => {
    const cause = new Error("connect ECONNREFUSED rtsp://a:planted@b/1");
    const text = redact(
      new DomainError("store.unavailable", "the database does not answer", { cause }),
    );
    expect(text).toContain("the database does not answer");
    expect(text).toContain("ECONNREFUSED rtsp://b/1");
    expect(text).not.toContain("planted");
  });

  test("what holds itself is logged all the same", () => {
    const loop: Record<string, unknown> = { name: "loop" };
    loop["self"] = loop;
    expect(JSON.stringify(redact(loop))).toContain("loop");
    const error = new Error("outer");
    error.cause = error;
    expect(redact(error)).toContain("outer");
  });
});

test("a line is one JSON object with its time, whatever is in it", () => {
  const lines: string[] = [];
  const log = createLog(
    (line) => void lines.push(line),
    () => Date.UTC(2026, 10, 21),
  );
  log("warn", "a device's\nmessage", { url: "rtsp://a:planted@b/1", big: 5n });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0]!)).toEqual({
    at: "2026-11-21T00:00:00.000Z",
    level: "warn",
    message: "a device's\nmessage",
    url: "rtsp://b/1",
    big: "5",
  });
});
