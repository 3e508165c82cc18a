import { isDomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { expect, test } from "vitest";
import { TokenBuckets } from "./rate-limit.ts";

const startMs = 1_800_000_000_000;

/** Seconds to wait, 0 when it was let through. */
function ask(buckets: TokenBuckets, key: string, nowMs: number): number {
  try {
    buckets.take(key, nowMs);
    return 0;
  } catch (error) {
    if (!isDomainError(error, "request.throttled")) throw error;
    return Number(error.details?.["retryAfterS"]);
  }
}

test("a burst passes, then as many as flow in, each key for itself", () => {
  const buckets = new TokenBuckets({ perSecond: 2, burst: 3 });
  const at = (ms: number, key = "a") => ask(buckets, key, startMs + ms);
  expect([at(0), at(0), at(0), at(0), at(0, "b")]).toEqual([0, 0, 0, 1, 0]);
  expect([at(499), at(500), at(500)]).toEqual([1, 0, 1]);
  // It never holds more than a burst.
  expect([at(60_000), at(60_000), at(60_000), at(60_000)]).toEqual([0, 0, 0, 1]);
});

test.each([0.1, 0.5, 3, 20])(
  "who waits as it is told is let through, at %d a second",
  (perSecond) => {
    const buckets = new TokenBuckets({ perSecond, burst: 1 });
    let nowMs = startMs;
    for (let request = 0; request < 20; request += 1) {
      const waitS = ask(buckets, "a", nowMs);
      if (waitS === 0) continue;
      nowMs += waitS * 1000;
      expect(ask(buckets, "a", nowMs)).toBe(0);
    }
  },
);

test("a clock that is set back lets nobody through sooner, and locks nobody out", () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
  expect(ask(buckets, "a", startMs)).toBe(0);
  expect(ask(buckets, "a", startMs - 3_600_000)).toBe(1);
  expect(ask(buckets, "a", startMs + 1_000)).toBe(0);
});

test("many addresses take no more room than is promised, and the one in use is not forgotten", () => {
  const buckets = new TokenBuckets({ perSecond: 0.001, burst: 2 });
  for (let at = 0; at < limits.rateKeysMax * 3; at += 1) {
    ask(buckets, `198.51.100.${at}`, startMs);
    if (at % 1_000 === 0) ask(buckets, "busy", startMs);
  }
  expect(buckets.size).toBe(limits.rateKeysMax);
  expect(ask(buckets, "busy", startMs)).toBeGreaterThan(0);
});
