/**
 * Token buckets: per principal, and per address for everything that has no known credentials (logins, enrolments, public routes).
 *
 * In the memory of the process. On one machine that is exact. On Lambda each instance counts for itself, so a principal gets the
 * limit once per instance; what holds the sum down there is the throttle of API Gateway's stage. A counter in the table would be
 * exact, and cost a write and its latency on every request, reads among them: more than what it protects.
 * At most `limits.rateKeysMax` buckets of each kind: the one that was used longest ago is forgotten, which makes it full again.
 */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Rates {
  readonly principal: Rate;
  readonly address: Rate;
}

export const defaultRates: Rates = {
  principal: { perSecond: limits.principalRequestsPerSecond, burst: limits.principalRequestsBurst },
  address: { perSecond: limits.addressRequestsPerSecond, burst: limits.addressRequestsBurst },
};

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export class TokenBuckets {
  readonly #rate: Rate;
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** @throws DomainError request.throttled when there is none left; takes none. */
  check(key: string, nowMs: number): void {
    const tokens = this.#tokens(key, nowMs);
    if (tokens >= 1) return;
    const retryAfterS = Math.max(1, Math.ceil((1 - tokens) / this.#rate.perSecond));
    throw new DomainError("request.throttled", "too many requests", {
      hint: `try again in ${retryAfterS} s`,
      details: { retryAfterS },
    });
  }

  /** @throws DomainError request.throttled */
  take(key: string, nowMs: number): void {
    this.check(key, nowMs);
    const tokens = this.#tokens(key, nowMs) - 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens, atMs: nowMs });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > limits.rateKeysMax && oldest !== undefined)
      this.#buckets.delete(oldest);
  }

  #tokens(key: string, nowMs: number): number {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(key);
    if (!bucket) return burst;
    // A clock that was set back must not empty it.
    const passedS = Math.max(0, nowMs - bucket.atMs) / 1000;
    return Math.min(burst, bucket.tokens + passedS * perSecond);
  }
}
