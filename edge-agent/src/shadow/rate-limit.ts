/** At most so many starts in any second, and so many at once; urgent work goes before calm work. */

export interface RateLimitOptions {
  readonly perSecond: number;
  readonly inFlight: number;
  readonly nowMs?: () => number;
}

type Urgency = "urgent" | "calm";

export class RateLimit {
  readonly #options: Required<RateLimitOptions>;
  readonly #waiting: Record<Urgency, (() => void)[]> = { urgent: [], calm: [] };
  /** When the last `perSecond` permits were given, oldest first. */
  readonly #starts: number[] = [];
  #inFlight = 0;
  #isAsleep = false;

  constructor(options: RateLimitOptions) {
    this.#options = { nowMs: () => performance.now(), ...options };
  }

  /** Runs the work when its turn comes. */
  async run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#waiting[urgency].push(resolve);
      this.#next();
    });
    try {
      return await work();
    } finally {
      this.#inFlight -= 1;
      this.#next();
    }
  }

  #next(): void {
    const { perSecond, inFlight, nowMs } = this.#options;
    while (this.#inFlight < inFlight) {
      const queue = this.#waiting.urgent.length > 0 ? this.#waiting.urgent : this.#waiting.calm;
      if (queue.length === 0) return;
      const oldest = this.#starts.length < perSecond ? undefined : this.#starts[0];
      const waitMs = oldest === undefined ? 0 : oldest + 1000 - nowMs();
      if (waitMs > 0) {
        this.#wakeAfter(waitMs);
        return;
      }
      if (oldest !== undefined) this.#starts.shift();
      this.#starts.push(nowMs());
      this.#inFlight += 1;
      queue.shift()?.();
    }
  }

  #wakeAfter(waitMs: number): void {
    if (this.#isAsleep) return;
    this.#isAsleep = true;
    setTimeout(() => {
      this.#isAsleep = false;
      this.#next();
    }, Math.ceil(waitMs));
  }
}
