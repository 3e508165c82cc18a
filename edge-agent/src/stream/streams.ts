/** Every stream of the device: its worker, its reporter, and what holds it back. One stream's trouble is not another's. */
import * as z from "zod";
import { limits } from "@sightline/contracts/limits";
import { streamShadow } from "@sightline/contracts/shadow";
import type { HealthReport, Manifest } from "@sightline/contracts/device-report";
import { hasScope } from "@sightline/contracts/settings";
import type { ReportedError, StreamReport } from "@sightline/contracts/stream-report";
import type { BoxClock } from "../clock.ts";
import type { Journal } from "../journal/journal.ts";
import { log, reasonOf } from "../log.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { driftOf, isSatisfied, plan, type Target } from "../plan.ts";
import type { ShadowExchange } from "../shadow/exchange.ts";
import { runStep } from "../steps/step-runner.ts";
import type { DesiredState } from "./desired-state.ts";
import { StreamReporter } from "./reporter.ts";
import { streamUpdate } from "./shadow-update.ts";
import { healthCounters, streamReport } from "./status.ts";
import { StreamWorker, type Goal } from "./worker.ts";

export interface StreamsDeps {
  readonly journal: Journal;
  readonly state: DesiredState;
  readonly pipeline: Pipeline;
  readonly exchange: ShadowExchange;
  readonly nowMs: BoxClock;
  readonly online: () => boolean;
  /** A revision was answered, of a stream or of the device's wish, or a stream has gone. */
  readonly answered: () => void;
}

interface StreamUnit {
  readonly worker: StreamWorker;
  readonly reporter: StreamReporter;
  last: Pick<StreamReport, "state" | "sinceAtMs"> | undefined;
}

const Quarantine = z.object({ revision: z.number().int() });

export class Streams {
  readonly #deps: StreamsDeps;
  readonly #units = new Map<string, StreamUnit>();
  /** Revision at which a stream was quarantined; a newer one lifts it. */
  readonly #quarantine = new Map<string, number>();
  /** Whether the pipeline was, when it was last looked at. */
  #isStopped = false;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
    for (const [id, value] of deps.journal.entries("quarantine/")) {
      const parsed = Quarantine.safeParse(value);
      if (parsed.success) this.#quarantine.set(id, parsed.data.revision);
    }
  }

  /** The desired state is another one. */
  desiredChanged(): void {
    for (const id of this.#deps.state.ids()) {
      this.#unit(id);
      const revision = this.#deps.state.get(id)?.revision ?? 0;
      const quarantinedAt = this.#quarantine.get(id);
      if (quarantinedAt !== undefined && revision > quarantinedAt) this.#lift(id);
    }
    for (const id of this.#quarantine.keys()) if (!this.#deps.state.isMember(id)) this.#lift(id);
    for (const [id, { worker }] of this.#units) {
      if (!this.#dropIfGone(id)) worker.kick();
    }
  }

  /** A fresh process: everything is added again. What was found there and left the manifest meanwhile, is removed. */
  pipelineStarted(): void {
    for (const id of this.#deps.pipeline.view.heldStreams()) this.#unit(id);
    for (const { worker } of this.#units.values()) {
      worker.reset();
      worker.kick();
    }
  }

  /** The pipeline's list or state may be another one. */
  pipelineChanged(): void {
    const isStopped = this.#deps.pipeline.state === "stopped";
    if (isStopped !== this.#isStopped)
      for (const { reporter } of this.#units.values()) reporter.expect();
    this.#isStopped = isStopped;
    const steps = plan(this.#targets(), this.#deps.pipeline.view.observed());
    for (const id of new Set(steps.map(({ stream }) => stream)))
      this.#units.get(id)?.worker.nudge();
    for (const [id, { reporter }] of this.#units) if (!this.#dropIfGone(id)) reporter.look();
  }

  /** The stream that has this local name; one that left the manifest has no id of its own any more. */
  holderOf(localName: string): string {
    const { state } = this.#deps;
    const named = state.ids().find((id) => state.target(id)?.localName === localName);
    return named ?? `left/${localName}`;
  }

  /** A suspect's turn has come. */
  release(id: string): void {
    this.#units.get(id)?.worker.kick();
  }

  quarantine(id: string): void {
    const revision = this.#deps.state.get(id)?.revision;
    if (revision === undefined) return;
    log.fail(`${id} ended the pipeline again and again: quarantined at revision ${revision}`);
    this.#quarantine.set(id, revision);
    this.#write(id, { revision });
    this.#units.get(id)?.worker.kick();
  }

  /** The device has been told what its streams are to have of it: whoever did that waits for their word as well. */
  wishAnswered(): void {
    for (const { reporter } of this.#units.values()) {
      reporter.expect();
      reporter.look();
    }
    this.#deps.answered();
  }

  connected(): void {
    for (const { reporter } of this.#units.values()) reporter.look();
  }

  /** A stream of the manifest, or one that has not left the pipeline yet. */
  has(id: string): boolean {
    return this.#units.has(id);
  }

  answered(id: string): number {
    return this.#units.get(id)?.worker.answer.revision ?? 0;
  }

  /** Answered revisions; a stream that is being removed stays in until it has left the pipeline. */
  manifest(): Manifest {
    return Object.fromEntries(
      [...this.#units]
        .map(([id, { worker }]) => [id, worker.answer.revision] as const)
        .filter(([, revision]) => revision > 0),
    );
  }

  health(): HealthReport["streams"] {
    return Object.fromEntries(
      [...this.#units.keys()].flatMap((id) => {
        const report = this.#report(id);
        const entry = this.#deps.pipeline.view.entry(id);
        if (!report) return [];
        return [[id, [report.state, ...healthCounters(entry)] as HealthReport["streams"][string]]];
      }),
    );
  }

  /**
   * How far the streams have what the device gives them: `pending` while one is being told, and what was said when one was refused.
   * One that is not in the pipeline keeps nobody waiting: it is told when it comes.
   */
  followed(): ReportedError | "pending" | undefined {
    const steps = plan(this.#targets(), this.#deps.pipeline.view.observed());
    const owed = steps.flatMap((step) => {
      const own = this.#deps.state.get(step.stream)?.desired?.settings ?? {};
      const isOwed =
        step.kind === "set" &&
        hasScope(step.key, "device") &&
        !Object.hasOwn(own, step.key) &&
        this.#deps.pipeline.view.entry(step.stream) !== undefined;
      return isOwed ? [this.#units.get(step.stream)?.worker.answer.failure] : [];
    });
    return owed.length === 0 ? undefined : (owed.find((failure) => failure) ?? "pending");
  }

  close(): void {
    for (const { worker, reporter } of this.#units.values()) {
      worker.close();
      reporter.close();
    }
  }

  #unit(id: string): StreamUnit {
    const known = this.#units.get(id);
    if (known) return known;
    const unit: StreamUnit = {
      last: undefined,
      worker: new StreamWorker({
        goal: () => this.#goal(id),
        carryOut: async (step, requestId) => {
          const { driver, view, recovery } = this.#deps.pipeline;
          const revision = this.#deps.state.get(id)?.revision ?? 0;
          if (driver) await runStep({ driver, view, recovery, revision }, step, requestId);
        },
        reached: () => this.#reached(id),
        refresh: () => this.#deps.pipeline.refresh(),
        settled: () => {
          this.#units.get(id)?.reporter.look();
          this.#deps.answered();
        },
      }),
      reporter: new StreamReporter({
        build: () => this.#report(id),
        send: (urgency, make) =>
          this.#deps.exchange.report(streamShadow(id), urgency, () => {
            const report = make();
            return report && streamUpdate(report);
          }),
        online: this.#deps.online,
        intervalMs: limits.reportIntervalMs,
      }),
    };
    this.#units.set(id, unit);
    return unit;
  }

  #goal(id: string): Goal | undefined {
    const { pipeline, state } = this.#deps;
    const held = state.get(id);
    const revision = held?.revision ?? 0;
    // Nothing can be wrong with it while nothing is to run.
    if (pipeline.state === "stopped") return { revision, steps: [], satisfied: true };
    if (!pipeline.driver) return undefined;
    const observed = pipeline.view.observed();
    const target = this.#target(id);
    return {
      revision,
      requestId: held?.desired?.requestId,
      steps: plan(target ? [target] : [], observed).filter(({ stream }) => stream === id),
      satisfied: target ? isSatisfied(target, observed) : !pipeline.view.holds(id),
    };
  }

  /** Of this very add: what differs from now on, somebody has changed on the box. */
  #reached(id: string): void {
    const target = this.#target(id);
    if (target) this.#deps.pipeline.view.settle(id, target);
  }

  #targets(): Target[] {
    return this.#deps.state.ids().flatMap((id) => this.#target(id) ?? []);
  }

  #target(id: string): Target | undefined {
    const target = this.#deps.state.target(id);
    if (!target) return undefined;
    const runs = target.runs && !this.#quarantine.has(id);
    return { ...target, runs, waits: this.#deps.pipeline.recovery.waits(id) };
  }

  #report(id: string): StreamReport | undefined {
    const held = this.#deps.state.get(id);
    const unit = this.#units.get(id);
    if (!held || !unit) return undefined;
    const { revision, failure } = unit.worker.answer;
    const { about, state, view } = this.#deps.pipeline;
    const holding = view.holding(id);
    const target = this.#target(id);
    const report = streamReport({
      held,
      answered: revision,
      failure,
      quarantined: this.#quarantine.has(id),
      pipeline: state,
      entry: view.entry(id),
      settings: holding?.settings ?? {},
      drift: target && holding ? driftOf(target, holding, about.controls) : {},
      controls: about.controls,
      nowMs: this.#deps.nowMs(),
      last: unit.last,
    });
    if (report) unit.last = { state: report.state, sinceAtMs: report.sinceAtMs };
    return report;
  }

  /** A stream that left the manifest is forgotten once the pipeline has let it go. */
  #dropIfGone(id: string): boolean {
    if (this.#deps.state.get(id) || this.#deps.pipeline.view.holds(id)) return false;
    const unit = this.#units.get(id);
    unit?.worker.close();
    unit?.reporter.close();
    this.#units.delete(id);
    this.#deps.pipeline.recovery.forget(id);
    // Its local name is free: another stream may have waited for it.
    for (const { worker } of this.#units.values()) worker.kick();
    this.#deps.answered();
    return true;
  }

  #lift(id: string): void {
    this.#quarantine.delete(id);
    this.#deps.pipeline.recovery.forget(id);
    this.#write(id, undefined);
  }

  #write(id: string, value: unknown): void {
    this.#deps.journal
      .write([{ key: `quarantine/${id}`, value }])
      .catch((error: unknown) => log.fail(`the journal cannot be written: ${reasonOf(error)}`));
  }
}
