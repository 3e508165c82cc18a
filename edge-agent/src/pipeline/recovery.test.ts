import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Recovery } from "./recovery.ts";

/** Time from the end of the pipeline until it answers again, in ms. */
const restartMs = 700;

describe("recovery", () => {
  let quarantined: string[];
  let recovery: Recovery;
  let released: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    quarantined = [];
    released = [];
    recovery = new Recovery({
      settleMs: 3_000,
      release: (stream) => {
        released.push(stream);
        change(stream);
      },
      quarantine: (stream) => quarantined.push(stream),
      nowMs: () => Date.now(),
    });
  });
  afterEach(() => {
    recovery.stop();
    vi.useRealTimers();
  });

  const change = (stream: string, revision = 1): void => {
    recovery.changing(stream, revision);
    recovery.changed(stream);
  };
  const crash = (): void => {
    recovery.pipelineEnded({ clean: false });
    recovery.pipelineStarted();
  };

  it("suspects nobody who was left alone", () => {
    change("a");
    vi.advanceTimersByTime(3_001);
    crash();
    expect(recovery.waits("a")).toBe(false);
  });

  it("suspects a change that has not ended, however long it takes", () => {
    recovery.changing("a", 1);
    vi.advanceTimersByTime(10_000);
    crash();
    expect(recovery.waits("a")).toBe(true);
  });

  it("suspects nobody of an end in good order", () => {
    change("a");
    recovery.pipelineEnded({ clean: true });
    recovery.pipelineStarted();
    expect(recovery.waits("a")).toBe(false);
  });

  it("does not suspect what ran before when something new came with it", () => {
    change("old");
    vi.advanceTimersByTime(3_001);
    crash();
    for (const stream of ["old", "new"]) change(stream);
    crash();
    expect(["old", "new"].map((stream) => recovery.waits(stream))).toEqual([false, true]);
  });

  it("suspects a stream that ran before in another revision", () => {
    change("old");
    vi.advanceTimersByTime(3_001);
    crash();
    change("old", 2);
    crash();
    expect(recovery.waits("old")).toBe(true);
  });

  it("suspects what ran before when nothing else was changed", () => {
    for (const stream of ["a", "b"]) change(stream);
    vi.advanceTimersByTime(3_001);
    crash();
    for (const stream of ["a", "b"]) change(stream);
    crash();
    expect(["a", "b"].map((stream) => recovery.waits(stream))).toEqual([true, true]);
  });

  it("says that the next start may come soon only while it searches", () => {
    expect(recovery.pipelineEnded({ clean: false })).toBe(false);
    change("a");
    expect(recovery.pipelineEnded({ clean: true })).toBe(false);
    change("a");
    expect(recovery.pipelineEnded({ clean: false })).toBe(true);
  });

  it("quarantines at the third crash, and lets a single suspect wait for everybody else", () => {
    change("good");
    vi.advanceTimersByTime(3_001);
    change("bad");
    crash();
    change("good");
    for (const waitMs of [1_000, 3_000]) {
      vi.advanceTimersByTime(waitMs - 1);
      expect(recovery.waits("bad")).toBe(true);
      vi.advanceTimersByTime(1);
      expect(recovery.waits("bad")).toBe(false);
      crash();
      change("good");
    }
    expect(released).toEqual(["bad", "bad"]);
    expect(quarantined).toEqual(["bad"]);
    expect(["bad", "good"].map((stream) => recovery.waits(stream))).toEqual([false, false]);
  });

  it("forgets crashes that lie far apart", () => {
    for (let day = 0; day < 5; day += 1) {
      change("a");
      crash();
      vi.advanceTimersByTime(86_400_000);
    }
    expect(quarantined).toEqual([]);
  });

  it("starts counting anew for a changed stream", () => {
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 2; n += 1) {
        change("a");
        crash();
      }
      recovery.forget("a");
    }
    expect(quarantined).toEqual([]);
  });

  /** A pipeline that dies `diesAfterMs` after a culprit was added; ends when nobody waits and nobody has crashed for a while. */
  function search(
    count: number,
    culprits: readonly string[],
    { diesAfterMs = 50, ranBefore = false } = {},
  ) {
    const streams = Array.from({ length: count }, (_, index) => `s${index}`);
    const held = new Set<string>();
    let diesAtMs = Number.POSITIVE_INFINITY;
    let startsAtMs = Number.POSITIVE_INFINITY;
    let crashes = 0;
    let lastCrashAtMs = Date.now();
    let lastAddAtMs = Date.now();
    const add = (stream: string): void => {
      if (held.has(stream) || quarantined.includes(stream) || recovery.waits(stream)) return;
      held.add(stream);
      lastAddAtMs = Date.now();
      change(stream);
      if (culprits.includes(stream)) diesAtMs = Math.min(diesAtMs, Date.now() + diesAfterMs);
    };
    const beganAtMs = Date.now();
    const own = new Recovery({
      settleMs: 3_000,
      release: add,
      quarantine: (stream) => quarantined.push(stream),
      nowMs: () => Date.now(),
    });
    recovery.stop();
    recovery = own;
    if (ranBefore) {
      for (const stream of streams) change(stream);
      vi.advanceTimersByTime(3_001);
      recovery.pipelineEnded({ clean: false });
    }
    for (const stream of streams) add(stream);
    while (Date.now() - beganAtMs < 120_000) {
      vi.advanceTimersByTime(10);
      if (Date.now() >= diesAtMs) {
        crashes += 1;
        lastCrashAtMs = Date.now();
        diesAtMs = Number.POSITIVE_INFINITY;
        startsAtMs = Date.now() + restartMs;
        held.clear();
        recovery.pipelineEnded({ clean: false });
      }
      if (Date.now() >= startsAtMs) {
        startsAtMs = Number.POSITIVE_INFINITY;
        recovery.pipelineStarted();
        for (const stream of streams) add(stream);
      }
      const isCalm = Date.now() - Math.max(lastCrashAtMs, lastAddAtMs) > 10_000;
      if (isCalm && !streams.some((stream) => recovery.waits(stream))) break;
    }
    return { crashes, tookMs: lastCrashAtMs + restartMs - beganAtMs, held };
  }

  const positions = (count: number): number[] => [
    ...new Set([0, count >> 1, Math.max(0, count - 2), count - 1]),
  ];
  const oneCulprit = [1, 2, 16, 64].flatMap((count) =>
    positions(count).flatMap((at) =>
      [false, true].map((ranBefore) => [count, at, ranBefore] as const),
    ),
  );

  it.each(oneCulprit)(
    "of %i streams it finds the culprit at %i (ran before: %s) and has the others back within 15 s",
    (count, at, ranBefore) => {
      const { tookMs, held } = search(count, [`s${at}`], { ranBefore });
      expect(quarantined).toEqual([`s${at}`]);
      expect(held.size).toBe(count - 1);
      expect(tookMs).toBeLessThan(15_000 + (ranBefore ? 3_000 : 0));
    },
  );

  it.each([
    [2, [0, 1]],
    [16, [0, 1]],
    [16, [3, 12]],
    [16, [14, 15]],
    [64, [0, 63]],
    [64, [20, 21]],
  ])("of %i streams it finds both culprits at %j, and nobody else", (count, at) => {
    const culprits = at.map((index) => `s${index}`);
    const { held, crashes } = search(count, culprits);
    expect(quarantined.toSorted()).toEqual(culprits.toSorted());
    expect(held.size).toBe(count - 2);
    expect(crashes).toBeLessThanOrEqual(2 * (Math.log2(count) + 4));
  });

  it.each([300, 900, 1_600, 2_600])(
    "blames nobody else when the culprit takes %i ms to end the pipeline",
    (diesAfterMs) => {
      const { held } = search(16, ["s5"], { diesAfterMs });
      expect(quarantined).toEqual(["s5"]);
      expect(held.size).toBe(15);
    },
  );
});
