/**
 * Work that is dear in memory and processor: so much at once, so much waiting, and no more. Who is known waits apart from strangers and
 * goes first, so that strangers cannot fill the room.
 */
import { DomainError } from "@sightline/contracts/errors";

export interface TurnstileOptions {
  readonly atOnce: number;
  /** Of each of the two queues. */
  readonly waitingMax: number;
}

export class Turnstile {
  readonly #options: TurnstileOptions;
  readonly #known: (() => void)[] = [];
  readonly #strangers: (() => void)[] = [];
  #working = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** @throws DomainError request.throttled when too many wait already, and what the work throws */
  async pass<T>(work: () => Promise<T>, { first = false } = {}): Promise<T> {
    if (this.#working < this.#options.atOnce) this.#working += 1;
    else await this.#wait(first ? this.#known : this.#strangers);
    try {
      return await work();
    } finally {
      const next = this.#known.shift() ?? this.#strangers.shift();
      // Whoever is next takes the place over.
      if (next) next();
      else this.#working -= 1;
    }
  }

  #wait(queue: (() => void)[]): Promise<void> {
    if (queue.length >= this.#options.waitingMax)
      throw new DomainError("request.throttled", "too many passwords are being checked", {
        hint: "try again in 1 s; tokens and sessions need no password",
        details: { retryAfterS: 1 },
      });
    return new Promise((resolve) => void queue.push(resolve));
  }
}
