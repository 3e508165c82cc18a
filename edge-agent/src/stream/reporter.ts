/**
 * When a stream is reported: at once when the report answers another revision, at once when the stream then first runs and when it
 * first fails, and for changes nobody asked for at most once per stream and interval, the last one winning.
 */
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
  /** What a caller who changed the stream waits for, and has not been told of the answered revision yet. */
  #expected: readonly Outcome[] = [];
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
    const outcome = outcomeOf(report);
    if (isAnswer || (outcome && this.#expected.includes(outcome))) void this.#send("urgent");
    else if (waitMs <= 0) void this.#send("calm");
    else this.#timer = setTimeout(() => this.look(), waitMs);
  }

  /** Somebody has asked for what comes now, without a revision of the stream. */
  expect(): void {
    this.#expected = outcomes;
    this.#sentAtMs = Number.NEGATIVE_INFINITY;
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
    const outcome = outcomeOf(report);
    const expected = report.revision === this.#sentRevision ? this.#expected : outcomes;
    this.#expected = outcome === "settled" ? [] : expected.filter((each) => each !== outcome);
    this.#sent = reportFingerprint(report);
    this.#sentRevision = report.revision;
    this.#sentAtMs = this.#deps.nowMs();
  }
}

const outcomes = ["settled", "failed"] as const;
type Outcome = (typeof outcomes)[number];

const outcomeOf = ({ state, error }: StreamReport): Outcome | undefined => {
  if (state === "running" || state === "stopped") return "settled";
  return error.code === "none" ? undefined : "failed";
};
