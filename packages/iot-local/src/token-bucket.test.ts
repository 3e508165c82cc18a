import { expect, test } from "vitest";
import { Rates, TokenBucket } from "./token-bucket.ts";

const taken = (bucket: TokenBucket, nowMs: number): number => {
  let count = 0;
  while (bucket.take(nowMs)) count++;
  return count;
};

test("gives one second's worth at once, then as much as time has passed", () => {
  const bucket = new TokenBucket(20, 5_000);
  expect([taken(bucket, 5_000), taken(bucket, 5_049), taken(bucket, 5_100)]).toEqual([20, 0, 2]);
  expect(taken(bucket, 60_000)).toBe(20);
});

test("stands still while the clock is set back, and goes on from there", () => {
  const bucket = new TokenBucket(10, 5_000);
  expect([taken(bucket, 5_000), taken(bucket, 1_000), taken(bucket, 1_100)]).toEqual([10, 0, 1]);
});

test("keeps a bucket for each key, and forgets those that are full again", () => {
  let now = 0;
  const rates = new Rates(1, () => now);
  expect([rates.take("a"), rates.take("a"), rates.take("b")]).toEqual([true, false, true]);
  now = 999;
  rates.sweep();
  expect(rates.size).toBe(2);
  now = 1_000;
  rates.sweep();
  expect([rates.size, rates.take("a")]).toEqual([0, true]);
});
