/** What was refused because of a limit: counted always, logged once per limit and client in ten seconds. */
import type { LimitName } from "./limits.ts";
import type { Log } from "./rule-runner.ts";

const quietMs = 10_000;

export class Refusals {
  readonly #counts: Partial<Record<LimitName, number>> = {};
  readonly #logged = new Map<string, { atMs: number; unsaid: number }>();
  readonly #deps: { log: Log; nowMs: () => number };

  constructor(deps: { log: Log; nowMs: () => number }) {
    this.#deps = deps;
  }

  get counts(): Readonly<Partial<Record<LimitName, number>>> {
    return this.#counts;
  }

  /** @param text what happened, with nothing in it that changes from one time to the next. */
  count(limit: LimitName, who: string, text: string): void {
    this.#counts[limit] = (this.#counts[limit] ?? 0) + 1;
    const nowMs = this.#deps.nowMs();
    const key = `${limit}/${who}`;
    const logged = this.#logged.get(key);
    if (logged && nowMs - logged.atMs < quietMs) {
      logged.unsaid++;
      return;
    }
    const more = logged?.unsaid ? ` (and ${logged.unsaid} times before)` : "";
    this.#logged.set(key, { atMs: nowMs, unsaid: 0 });
    this.#deps.log("warn", `${who}: ${text} [${limit}]${more}`);
  }

  /** Forgets who was quiet for long. Called by the broker's one clock. */
  sweep(): void {
    const before = this.#deps.nowMs() - quietMs;
    for (const [key, { atMs, unsaid }] of this.#logged)
      if (atMs < before && unsaid === 0) this.#logged.delete(key);
      else if (atMs < before) this.#tellRest(key);
  }

  #tellRest(key: string): void {
    const { unsaid = 0 } = this.#logged.get(key) ?? {};
    this.#logged.delete(key);
    this.#deps.log(
      "warn",
      `${key.slice(key.indexOf("/") + 1)}: ${unsaid} times more [${key.split("/")[0]}]`,
    );
  }
}
