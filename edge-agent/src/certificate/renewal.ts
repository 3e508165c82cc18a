/**
 * Renews the certificate in time. Decided by the server's clock, which every connection tells: a box whose own clock is wrong renews
 * neither early nor late, and without a connection there is nothing to renew by.
 */
import { CertificateAnswer } from "@sightline/contracts/certificate";
import { BackOff } from "../back-off.ts";
import type { ServerClock } from "../clock.ts";
import { log, reasonOf } from "../log.ts";
import { parseJson } from "../json.ts";
import type { Certificates } from "./certificates.ts";

export interface RenewalDeps {
  readonly certificates: Certificates;
  readonly clock: Pick<ServerClock, "nowMs" | "wait">;
  /** To `evt/…/certificate`; resolves at the PUBACK. */
  readonly publish: (payload: string) => Promise<void>;
  readonly reconnect: (reason: string) => void;
}

/** Timers hold 24 days at most, and a machine may sleep: looked at again this often, in ms. */
const lookIntervalMs = 3_600_000;
const clockWaitMs = 5_000;

export class Renewal {
  readonly #deps: RenewalDeps;
  /** Between requests, and before a next certificate that was refused is tried again. */
  readonly #backOff = new BackOff({ firstMs: 10_000, maxMs: 3_600_000, jitter: 1 / 3 });
  #timer: NodeJS.Timeout | undefined;
  #online = false;

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  connected(): void {
    this.#online = true;
    this.#lookIn(this.#deps.certificates.nextWasRefused ? this.#backOff.next() : 0);
  }

  disconnected(): void {
    this.#online = false;
    clearTimeout(this.#timer);
  }

  /** A message on `cmd/…/certificate`; never throws. */
  async answered(payload: string): Promise<void> {
    const answer = CertificateAnswer.safeParse(parseJson(payload));
    if (!answer.success) return log.warn("a certificate that is none is ignored");
    try {
      if (await this.#deps.certificates.accept(answer.data))
        this.#deps.reconnect("changing over to the next certificate");
    } catch (error) {
      log.warn(`the next certificate cannot be taken: ${reasonOf(error)}`);
    }
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#look().catch((error: unknown) => {
        log.warn(`the certificate is not renewed yet: ${reasonOf(error)}`);
        if (this.#online) this.#lookIn(this.#backOff.next());
      });
    }, ms);
  }

  async #look(): Promise<void> {
    const { certificates, clock, publish } = this.#deps;
    if (await certificates.settle()) {
      await publish(JSON.stringify({ v: 1 }));
      await certificates.settled();
      log.note("the next certificate is in force");
    }
    await clock.wait(clockWaitMs);
    if (!this.#online) return;
    const nowMs = clock.nowMs();
    const leftMs = nowMs === undefined ? clockWaitMs : certificates.dueAtMs - nowMs;
    if (leftMs > 0) {
      this.#backOff.reset();
      return this.#lookIn(Math.min(leftMs, lookIntervalMs));
    }
    await publish(JSON.stringify({ v: 1, csr: await certificates.request() }));
    // Asked again, in the same words, unless the answer comes first.
    if (this.#online) this.#lookIn(this.#backOff.next());
  }
}
