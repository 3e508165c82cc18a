import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { startMs } from "../fixtures.ts";
import { expectNoWrite, outcomes, type SubjectOf } from "./subject.ts";

const freshKey = (): string => randomBytes(32).toString("hex");

const bound = {
  max: 3,
  nowMs: startMs,
  untilMs: startMs + 60_000,
  extend: false,
  horizonMs: startMs + 3_600_000,
};

export function throttleContract(subject: SubjectOf): void {
  /** A try whose answer got lost may be counted twice: rather one too few. */
  async function expectLetIn(max: number, racers: readonly Promise<boolean>[]): Promise<void> {
    const { true: letIn = 0, ...others } = await outcomes(racers);
    expect(letIn).toBeGreaterThan(0);
    expect(letIn).toBeLessThanOrEqual(max);
    expect(others).toEqual({ false: racers.length - letIn });
  }
  const countOf = async (key: string) => (await subject().store.throttle.get([key]))[0];

  it("counts as far as it may, also under 50 racers", async () => {
    const { throttle } = subject().store;
    const key = freshKey();
    expect(await throttle.get([key, freshKey()])).toEqual([undefined, undefined]);
    const racers = Array.from({ length: 50 }, () => throttle.count(key, bound));
    await expectLetIn(3, racers);
    expect(await countOf(key)).toEqual({ count: 3, untilMs: bound.untilMs });
    await expectNoWrite(subject(), () => throttle.count(key, bound));
    expect(await throttle.count(freshKey(), bound)).toBe(true);
  });

  it("begins anew when its time is over, and holds longer with each try when it is told to", async () => {
    const { throttle } = subject().store;
    const [fixed, extended] = [freshKey(), freshKey()];
    const later = { ...bound, nowMs: startMs + 59_999, untilMs: startMs + 119_999 };
    for (const one of [bound, later]) {
      expect(await throttle.count(fixed, one)).toBe(true);
      expect(await throttle.count(extended, { ...one, extend: true })).toBe(true);
    }
    expect(await countOf(fixed)).toMatchObject({ untilMs: startMs + 60_000 });
    expect(await countOf(extended)).toMatchObject({ untilMs: startMs + 119_999 });
    const after = { ...bound, nowMs: startMs + 60_000, untilMs: startMs + 120_000 };
    const racers = Array.from({ length: 20 }, () => throttle.count(fixed, after));
    await expectLetIn(3, racers);
    expect(await countOf(fixed)).toEqual({ count: 3, untilMs: startMs + 120_000 });
    await throttle.count(extended, after);
    expect(await throttle.count(extended, after)).toBe(false);
  });

  it("does not hold what a clock that was wrong has counted", async () => {
    const { throttle } = subject().store;
    const key = freshKey();
    const yearMs = 365 * 86_400_000;
    const wrong = { ...bound, nowMs: startMs + yearMs, untilMs: startMs + yearMs + 60_000 };
    for (let at = 0; at < 3; at += 1)
      await throttle.count(key, { ...wrong, horizonMs: wrong.untilMs });
    expect(await throttle.count(key, bound)).toBe(true);
    expect(await countOf(key)).toMatchObject({ untilMs: bound.untilMs });
  });

  it("gives a try back, forgets all of them, and is absent when its time is over", async () => {
    const { clock, store } = subject();
    const { throttle } = store;
    const key = freshKey();
    for (let at = 0; at < 3; at += 1) await throttle.count(key, bound);
    expect(await throttle.count(key, bound)).toBe(false);
    await throttle.uncount(key);
    expect(await throttle.count(key, bound)).toBe(true);
    const { nowMs } = clock;
    clock.nowMs = bound.untilMs;
    expect(await countOf(key)).toBeUndefined();
    clock.nowMs = nowMs;
    await throttle.clear(key);
    expect(await countOf(key)).toBeUndefined();
    await expectNoWrite(subject(), () => throttle.uncount(key), undefined);
    expect(await throttle.count(key, bound)).toBe(true);
  });

  it("marks until the latest time it was told", async () => {
    const { throttle } = subject().store;
    const key = freshKey();
    await throttle.mark(key, startMs + 2_000);
    await throttle.mark(key, startMs + 3_000);
    await throttle.mark(key, startMs + 1_000);
    expect(await countOf(key)).toEqual({ count: 1, untilMs: startMs + 3_000 });
  });
}
