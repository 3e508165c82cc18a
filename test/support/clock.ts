/** Time that a test moves forward by hand, from the time it is. */
import type { Clock } from "@sightline/core/ports/clock";

export interface MovableClock extends Clock {
  advance(ms: number): void;
}

export function createClock(): MovableClock {
  let aheadMs = 0;
  return {
    nowMs: () => Date.now() + aheadMs,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    advance: (ms) => {
      aheadMs += ms;
    },
  };
}
