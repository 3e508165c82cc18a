import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RateLimit } from "./rate-limit.ts";

describe("rate limit", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const nowMs = (): number => Date.now();

  it("never starts more than so many in any second", async () => {
    const rate = new RateLimit({ perSecond: 20, inFlight: 10, nowMs });
    const starts: number[] = [];
    for (let n = 0; n < 100; n += 1)
      void rate.run("calm", async () => {
        starts.push(nowMs());
      });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(starts).toHaveLength(100);
    for (const [at, start] of starts.entries())
      expect(
        starts.filter((other, index) => index >= at && other < start + 1000).length,
      ).toBeLessThanOrEqual(20);
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeLessThan(4_100);
  });

  it("never has more than so many open", async () => {
    const rate = new RateLimit({ perSecond: 1000, inFlight: 10, nowMs });
    let open = 0;
    let most = 0;
    for (let n = 0; n < 50; n += 1)
      void rate.run("calm", async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setTimeout(resolve, 30));
        open -= 1;
      });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([open, most]).toEqual([0, 10]);
  });

  it("lets urgent work pass, and survives work that fails", async () => {
    const rate = new RateLimit({ perSecond: 1000, inFlight: 1, nowMs });
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (name === "first") throw new Error("no");
    };
    const first = rate.run("calm", work("first"));
    void rate.run("calm", work("calm"));
    void rate.run("urgent", work("urgent"));
    await Promise.all([expect(first).rejects.toThrow("no"), vi.advanceTimersByTimeAsync(100)]);
    expect(order).toEqual(["first", "urgent", "calm"]);
  });
});
