import { expect, test } from "vitest";
import { Refusals } from "./refusals.ts";

test("counts everything, and logs once in ten seconds for each limit and client", () => {
  let now = 0;
  const logged: string[] = [];
  const refusals = new Refusals({
    log: (_level, text) => void logged.push(text),
    nowMs: () => now,
  });
  for (let n = 0; n < 5; n++) refusals.count("publishesPerSecond", "box", "a publish was dropped");
  refusals.count("publishesPerSecond", "other", "a publish was dropped");
  now = 10_000;
  refusals.count("publishesPerSecond", "box", "a publish was dropped");
  refusals.count("publishesPerSecond", "box", "a publish was dropped");
  now = 20_001;
  refusals.sweep();
  refusals.sweep();
  expect(refusals.counts).toEqual({ publishesPerSecond: 8 });
  expect(logged).toEqual([
    "box: a publish was dropped [publishesPerSecond]",
    "other: a publish was dropped [publishesPerSecond]",
    "box: a publish was dropped [publishesPerSecond] (and 4 times before)",
    "box: 1 times more [publishesPerSecond]",
  ]);
});
