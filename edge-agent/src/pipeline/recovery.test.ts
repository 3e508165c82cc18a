import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Recovery } from "./recovery.ts";

describe("recovery", () => {
  let said: string[];
  let recovery: Recovery;

  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    recovery = new Recovery({
      settleMs: 3_000,
      release: (stream) => {
        said.push(`release ${stream}`);
        change(stream);
      },
      quarantine: (stream) => said.push(`quarantine ${stream}`),
      nowMs: () => Date.now(),
    });
  });
  afterEach(() => {
    recovery.stop();
    vi.useRealTimers();
  });

  const change = (stream: string): void => {
    recovery.changing(stream);
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
    recovery.changing("a");
    vi.advanceTimersByTime(10_000);
    crash();
    expect(recovery.waits("a")).toBe(true);
  });

  it("suspects nobody of an end in good order", () => {
    change("a");
    recovery.pipelineEnded({ clean: true });
    expect(recovery.waits("a")).toBe(false);
  });

  it("lets suspects in one at a time", () => {
    for (const stream of ["a", "b"]) change(stream);
    crash();
    expect(["a", "b", "c"].map((stream) => recovery.waits(stream))).toEqual([true, true, false]);
    vi.advanceTimersByTime(3_000);
    expect(said).toEqual(["release a"]);
    vi.advanceTimersByTime(3_000);
    expect(said).toEqual(["release a", "release b"]);
  });

  it("quarantines the only suspect of three crashes, and nobody else", () => {
    for (const stream of ["good", "bad"]) change(stream);
    crash();
    vi.advanceTimersByTime(6_000);
    expect(said).toEqual(["release good", "release bad"]);
    for (const left of [2, 1, 0]) {
      vi.advanceTimersByTime(500);
      crash();
      expect(said.includes("quarantine bad")).toBe(left === 0);
      if (left > 0) vi.advanceTimersByTime(3_000);
    }
    expect(recovery.waits("bad")).toBe(false);
    expect(recovery.waits("good")).toBe(false);
  });

  it("forgets crashes that lie far apart", () => {
    for (let day = 0; day < 5; day += 1) {
      change("a");
      crash();
      vi.advanceTimersByTime(86_400_000);
    }
    expect(said).not.toContain("quarantine a");
  });

  it("starts counting anew for a changed stream", () => {
    for (let n = 0; n < 2; n += 1) {
      change("a");
      crash();
    }
    recovery.forget("a");
    for (let n = 0; n < 2; n += 1) {
      change("a");
      crash();
    }
    expect(said).not.toContain("quarantine a");
  });
});
