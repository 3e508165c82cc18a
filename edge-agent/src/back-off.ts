/** Waiting times between attempts: doubling, with jitter so that a fleet does not come back in step. */
export interface BackOffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share of the time that is random: 0 none, 1 all ("full jitter"). */
  readonly jitter?: number;
  readonly random?: () => number;
}

export class BackOff {
  readonly #options: Required<BackOffOptions>;
  #nextMs: number;

  constructor(options: BackOffOptions) {
    this.#options = { jitter: 0, random: Math.random, ...options };
    this.#nextMs = options.firstMs;
  }

  /** Time to wait before the next attempt, in ms. */
  next(): number {
    const { maxMs, jitter, random } = this.#options;
    const wholeMs = this.#nextMs;
    this.#nextMs = Math.min(maxMs, wholeMs * 2);
    return Math.max(1, Math.round(wholeMs * (1 - jitter * random())));
  }

  reset(): void {
    this.#nextMs = this.#options.firstMs;
  }
}
