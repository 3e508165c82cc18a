/** A rate: one second's worth may come at once, then as many a second as were promised. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#atMs = nowMs;
  }

  /** @returns false when there is none; asking again costs nothing. */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#tokens === this.#perSecond;
  }

  #fill(nowMs: number): void {
    // A clock that was set back gives nothing, and takes nothing.
    const gained = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + gained);
    this.#atMs = nowMs;
  }
}

/** One bucket for each key that was used lately. */
export class Rates {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #perSecond: number;
  readonly #nowMs: () => number;

  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
  }

  take(key: string): boolean {
    const nowMs = this.#nowMs();
    let bucket = this.#buckets.get(key);
    if (!bucket) this.#buckets.set(key, (bucket = new TokenBucket(this.#perSecond, nowMs)));
    return bucket.take(nowMs);
  }

  /** Forgets the buckets that are full: a new one is the same. */
  sweep(): void {
    const nowMs = this.#nowMs();
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key);
  }

  get size(): number {
    return this.#buckets.size;
  }
}
