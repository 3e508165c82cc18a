/**
 * The server's time, on a box whose own clock may be wrong or jump. Shadow documents carry whole seconds; each one bounds the
 * distance between the server's clock and this machine's monotonic one.
 */

/** The box's own clock, epoch ms. It is shown to people and never compared with anybody else's. */
export type BoxClock = () => number;

export class ServerClock {
  readonly #monotonicMs: () => number;
  #offsetMs: number | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs;
  }

  get known(): boolean {
    return this.#offsetMs !== undefined;
  }

  /** A server timestamp in whole seconds that arrived just now. */
  learn(timestampS: number): void {
    const leastMs = timestampS * 1000 - this.#monotonicMs();
    const held = this.#offsetMs;
    // The truth lies at or above every bound, and less than a second and a delay above. Far below means that the server's clock
    // was set back: start again.
    if (held === undefined || leastMs > held || leastMs < held - 120_000) this.#offsetMs = leastMs;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Epoch ms by the server's clock, at most a second and a network delay early; undefined until one timestamp came. */
  nowMs(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#monotonicMs() + this.#offsetMs;
  }

  /** Resolves when the time is known, or after that long. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.known) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, timeoutMs);
      const waiting = this.#waiting;
      function done(): void {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      }
      waiting.add(done);
    });
  }
}
