/**
 * When a stream is reported: at once when the report answers another revision, at once when the stream then first runs or first
 * fails, and for changes nobody asked for at most once per stream and interval, the last one winning.
 */
import { performance } from "node:perf_hooks";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { log, reasonOf } from "../log.ts";
import { reportFingerprint } from "./status.ts";

export interface ReporterDeps {
  /** Undefined when there is nothing to report, or nobody to report on: a removed stream's shadow must not come back. */
  readonly build: () => StreamReport | undefined;
  /** Sends what `make` returns when the turn comes. */
  readonly send: (
    urgency: "urgent" | "calm",
    make: () => StreamReport | undefined,
  ) => Promise<void>;
  readonly online: () => boolean;
  readonly intervalMs: number;
  readonly nowMs?: () => number;
}

const retryMs = 2_000;

export class StreamReporter {
  readonly #deps: Required<ReporterDeps>;
  #sent = "";
  #sentRevision = -1;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  /** Of the answered revision neither frames nor an error have been reported yet. */
  #expecting = false;
  #sending = false;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ReporterDeps) {
    this.#deps = { nowMs: () => performance.now(), ...deps };
  }

  /** Something may have changed. */
  look(): void {
    if (this.#sending) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    if (!this.#deps.online()) return;
    const report = this.#deps.build();
    if (!report || reportFingerprint(report) === this.#sent) return;
    const isAnswer = report.revision !== this.#sentRevision;
    const waitMs = this.#sentAtMs + this.#deps.intervalMs - this.#deps.nowMs();
    if (isAnswer || (this.#expecting && isOutcome(report))) void this.#send("urgent");
    else if (waitMs <= 0) void this.#send("calm");
    else this.#timer = setTimeout(() => this.look(), waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #send(urgency: "urgent" | "calm"): Promise<void> {
    this.#sending = true;
    let report: StreamReport | undefined;
    let failed = false;
    try {
      await this.#deps.send(urgency, () => (report = this.#deps.build()));
    } catch (error) {
      failed = true;
      log.warn(`a report was not taken: ${reasonOf(error)}`);
    }
    this.#sending = false;
    if (failed) {
      this.#timer = setTimeout(() => this.look(), retryMs);
      return;
    }
    if (report) this.#remember(report);
    if (this.#again) {
      this.#again = false;
      this.look();
    }
  }

  #remember(report: StreamReport): void {
    if (report.revision !== this.#sentRevision) this.#expecting = true;
    if (isOutcome(report)) this.#expecting = false;
    this.#sent = reportFingerprint(report);
    this.#sentRevision = report.revision;
    this.#sentAtMs = this.#deps.nowMs();
  }
}

/** What a caller who changed the stream waits for. */
const isOutcome = ({ state, error }: StreamReport): boolean =>
  state === "running" || state === "stopped" || error.code !== "none";
