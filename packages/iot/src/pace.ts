/**
 * How fast the shadows of one thing are asked: never more at once, and never more in a second, than AWS takes. What a thing has
 * not used lately it may use at once, so a single write does not wait.
 */
import { limits } from "@sightline/contracts/limits";

export interface PaceClock {
  nowMs(): number;
  delay(ms: number): Promise<void>;
}

/** Monotonic: a clock that is set neither stops nor hurries anybody. */
export const systemPaceClock: PaceClock = {
  nowMs: () => performance.now(),
  delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

interface Lane {
  tokens: number;
  atMs: number;
  inFlight: number;
  readonly waiting: (() => void)[];
  isAsleep: boolean;
}

/** A quarter of a second: who shares the rate gets a chance. */
const pauseTokens = 5;
const perSecond = limits.shadowRequestsPerSecondMax;
const inFlightMax = limits.shadowRequestsInFlightMax;

export class ShadowPace {
  readonly #clock: PaceClock;
  readonly #lanes = new Map<string, Lane>();

  constructor(clock: PaceClock = systemPaceClock) {
    this.#clock = clock;
  }

  /** Runs one request when its turn comes; requests of other things do not wait. */
  async run<T>(thing: string, request: () => Promise<T>): Promise<T> {
    const lane = this.#lane(thing);
    await new Promise<void>((resolve) => {
      lane.waiting.push(resolve);
      this.#next(lane);
    });
    try {
      return await request();
    } finally {
      lane.inFlight -= 1;
      this.#next(lane);
      this.#forgetOldest();
    }
  }

  /** The gateway says that the rate is used up, by others too. */
  exhausted(thing: string): void {
    const lane = this.#lane(thing);
    this.#fill(lane);
    lane.tokens = -pauseTokens;
  }

  get size(): number {
    return this.#lanes.size;
  }

  #lane(thing: string): Lane {
    const held = this.#lanes.get(thing);
    if (held) {
      // Last used, last in the row.
      this.#lanes.delete(thing);
      this.#lanes.set(thing, held);
      return held;
    }
    const atMs = this.#clock.nowMs();
    const lane = { tokens: perSecond, atMs, inFlight: 0, waiting: [], isAsleep: false };
    this.#lanes.set(thing, lane);
    return lane;
  }

  #next(lane: Lane): void {
    this.#fill(lane);
    while (lane.waiting.length > 0 && lane.inFlight < inFlightMax) {
      if (lane.tokens < 1) {
        this.#wakeLater(lane);
        return;
      }
      lane.tokens -= 1;
      lane.inFlight += 1;
      lane.waiting.shift()?.();
    }
  }

  #wakeLater(lane: Lane): void {
    if (lane.isAsleep) return;
    lane.isAsleep = true;
    void this.#clock.delay(Math.ceil(((1 - lane.tokens) / perSecond) * 1000)).then(() => {
      lane.isAsleep = false;
      this.#next(lane);
    });
  }

  #fill(lane: Lane): void {
    const nowMs = this.#clock.nowMs();
    lane.tokens = Math.min(perSecond, lane.tokens + ((nowMs - lane.atMs) / 1000) * perSecond);
    lane.atMs = nowMs;
  }

  /** Once for each request, so that lanes do not add up. A lane that is full and idle is the same as a new one. */
  #forgetOldest(): void {
    for (const [thing, lane] of this.#lanes) {
      this.#fill(lane);
      const isIdle = lane.inFlight === 0 && lane.waiting.length === 0;
      if (isIdle && lane.tokens >= perSecond) this.#lanes.delete(thing);
      return;
    }
  }
}
