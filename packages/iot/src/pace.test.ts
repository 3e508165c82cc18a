import { expect, test } from "vitest";
import { ShadowPace } from "./pace.ts";

class ManualClock {
  #nowMs = 0;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  delay(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ atMs: this.#nowMs + ms, wake }));
  }

  async advance(ms: number): Promise<void> {
    for (const until = this.#nowMs + ms; this.#nowMs < until; this.#nowMs += 1) {
      await settle();
      for (const [at, { atMs, wake }] of [...this.#sleepers.entries()].toReversed())
        if (atMs <= this.#nowMs) {
          this.#sleepers.splice(at, 1);
          wake();
        }
    }
    await settle();
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

function askMany(pace: ShadowPace, thing: string, count: number): { done: number } {
  const seen = { done: 0 };
  for (let n = 0; n < count; n++)
    void pace.run(thing, async () => {
      await Promise.resolve();
      seen.done += 1;
    });
  return seen;
}

test("lets a second's worth pass at once, the rest at 20 a second, other things meanwhile", async () => {
  const clock = new ManualClock();
  const pace = new ShadowPace(clock);
  const many = askMany(pace, "one", 64);
  await settle();
  expect(many.done).toBe(20);
  const other = askMany(pace, "two", 4);
  await settle();
  expect(other.done).toBe(4);
  await clock.advance(1_000);
  expect(many.done).toBeGreaterThanOrEqual(38);
  expect(many.done).toBeLessThanOrEqual(40);
  await clock.advance(2_000);
  expect(many.done).toBe(64);
});

test("has no more than ten of one thing in flight", async () => {
  const pace = new ShadowPace(new ManualClock());
  const finish: (() => void)[] = [];
  for (let n = 0; n < 12; n++)
    void pace.run("one", () => new Promise<void>((resolve) => finish.push(resolve)));
  await settle();
  expect(finish).toHaveLength(10);
  finish[0]?.();
  await settle();
  expect(finish).toHaveLength(11);
});

test("waits as soon as the gateway says that others used the rate up", async () => {
  const clock = new ManualClock();
  const pace = new ShadowPace(clock);
  pace.exhausted("one");
  const some = askMany(pace, "one", 2);
  await settle();
  expect(some.done).toBe(0);
  await clock.advance(200);
  expect(some.done).toBe(0);
  await clock.advance(200);
  expect(some.done).toBe(2);
});

test("forgets things that were not asked lately", async () => {
  const clock = new ManualClock();
  const pace = new ShadowPace(clock);
  for (let n = 0; n < 50; n++) await pace.run(`thing-${n}`, async () => undefined);
  await clock.advance(1_000);
  for (let n = 0; n < 60; n++) {
    await pace.run("other", async () => undefined);
    await clock.advance(50);
  }
  expect(pace.size).toBe(1);
});
