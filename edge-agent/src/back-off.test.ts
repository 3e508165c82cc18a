import { describe, expect, it } from "vitest";
import { BackOff } from "./back-off.ts";

describe("back-off", () => {
  it("doubles up to the longest wait, and starts again", () => {
    const backOff = new BackOff({ firstMs: 200, maxMs: 5_000 });
    expect([1, 2, 3, 4, 5, 6, 7].map(() => backOff.next())).toEqual([
      200, 400, 800, 1600, 3200, 5000, 5000,
    ]);
    backOff.reset();
    expect(backOff.next()).toBe(200);
  });
  it("takes the jitter off the wait, so that the longest stays the longest", () => {
    const waits = [0, 0.5, 1].map((value) =>
      new BackOff({ firstMs: 3_000, maxMs: 30_000, jitter: 1 / 3, random: () => value }).next(),
    );
    expect(waits).toEqual([3_000, 2_500, 2_000]);
  });
});
