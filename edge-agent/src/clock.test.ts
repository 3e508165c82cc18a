import { describe, expect, it } from "vitest";
import { ServerClock } from "./clock.ts";

describe("server clock", () => {
  it("knows nothing before the first timestamp", () => {
    expect(new ServerClock(() => 0).nowMs()).toBeUndefined();
  });
  it("comes closer with every timestamp, and is never ahead", () => {
    let ms = 0;
    const truthMs = (): number => 1_000_000_700 + ms;
    const clock = new ServerClock(() => ms);
    for (const [atMs, delayMs] of [
      [0, 90],
      [250, 20],
      [310, 5],
      [5_000, 400],
    ] as const) {
      ms = atMs;
      const timestampS = Math.floor(truthMs() / 1000);
      ms += delayMs;
      clock.learn(timestampS);
      expect(clock.nowMs()).toBeLessThanOrEqual(truthMs());
    }
    expect(truthMs() - (clock.nowMs() ?? 0)).toBeLessThan(20);
  });
  it("believes a server whose clock was set back far", () => {
    const clock = new ServerClock(() => 0);
    clock.learn(2_000);
    clock.learn(1_999);
    expect(clock.nowMs()).toBe(2_000_000);
    clock.learn(1_000);
    expect(clock.nowMs()).toBe(1_000_000);
  });
  it("wakes who waits for it", async () => {
    const clock = new ServerClock(() => 0);
    const woken = clock.wait(60_000);
    clock.learn(1);
    await woken;
    expect(clock.known).toBe(true);
  });
});
