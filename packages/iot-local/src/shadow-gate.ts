/** How many requests the shadows of one thing take: at once on one connection, and in a second. [Device Shadow quotas] */
import { AwsError } from "./aws-error.ts";
import { limits } from "./limits.ts";
import type { Refusals } from "./refusals.ts";
import { Rates } from "./token-bucket.ts";

export class ShadowGate {
  readonly #refusals: Refusals;
  readonly #rates: Rates;
  readonly #inFlight = new Map<string, number>();

  constructor({ refusals, nowMs }: { refusals: Refusals; nowMs: () => number }) {
    this.#refusals = refusals;
    this.#rates = new Rates(limits.shadowRequestsPerSecond.value, nowMs);
  }

  /** @throws AwsError 429 before the work begins. What comes by HTTP counts as one connection. */
  async pass<Result>(
    { thing, by }: { thing: string; by: "mqtt" | "http" },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const key = `${thing}/${by}`;
    const before = this.#inFlight.get(key) ?? 0;
    if (before >= limits.shadowRequestsInFlight.value)
      throw this.#refuse("shadowRequestsInFlight", thing);
    if (!this.#rates.take(thing)) throw this.#refuse("shadowRequestsPerSecond", thing);
    this.#inFlight.set(key, before + 1);
    try {
      return await work();
    } finally {
      const left = (this.#inFlight.get(key) ?? 1) - 1;
      if (left > 0) this.#inFlight.set(key, left);
      else this.#inFlight.delete(key);
    }
  }

  sweep(): void {
    this.#rates.sweep();
  }

  #refuse(limit: "shadowRequestsInFlight" | "shadowRequestsPerSecond", thing: string): AwsError {
    this.#refusals.count(limit, thing, "a shadow request was refused with 429");
    return new AwsError(429, "ThrottlingException", "Too Many Requests");
  }
}
