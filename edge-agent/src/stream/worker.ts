/**
 * One stream's queue of steps, or the device's: nothing else waits for it, and its steps never overlap.
 * Level-triggered: a kick says that something changed; every pass plans anew.
 */
import { randomUUID } from "node:crypto";
import { isDomainError } from "@sightline/contracts/errors";
import type { ReportedError } from "@sightline/contracts/stream-report";
import { BackOff } from "../back-off.ts";
import { log, reasonOf } from "../log.ts";
import { stepText, type SharedStep, type Step } from "../plan.ts";

/** Of a stream, or of the device: its steps are of one kind. */
export type AnyStep = Step | SharedStep;

export interface Goal<S extends AnyStep = Step> {
  /** 0 when the stream left the manifest, or nothing was ever asked of the device. */
  readonly revision: number;
  /** The request that asked for it; absent when nobody did, or an older cloud does not say. */
  readonly requestId?: string | undefined;
  readonly steps: readonly S[];
  /** The pipeline is as wanted. */
  readonly satisfied: boolean;
}

export interface WorkerDeps<S extends AnyStep = Step> {
  /** Undefined while there is no pipeline to work on. */
  readonly goal: () => Goal<S> | undefined;
  /** @throws DomainError */
  readonly carryOut: (step: S, requestId: string) => Promise<void>;
  /** Looks at the pipeline again. */
  readonly refresh: () => Promise<boolean>;
  /** All is as wanted; said at every look. */
  readonly reached?: () => void;
  /** The worker's answer changed. */
  readonly settled: () => void;
}

export interface Answer {
  readonly revision: number;
  readonly failure: ReportedError | undefined;
}

/** A pipeline that accepts a step and does not show it is not asked for ever. */
const roundsMax = 4;
/** A stream that somebody keeps removing on the box is added again, but not in a storm. */
const addAgainAfterMs = 2_000;

export class StreamWorker<S extends AnyStep = Step> {
  readonly #deps: WorkerDeps<S>;
  readonly #retry = new BackOff({ firstMs: 1_000, maxMs: 15_000, jitter: 0.2 });
  #answer: Answer = { revision: 0, failure: undefined };
  #isBusy = false;
  #again = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #added: { revision: number; atMs: number } | undefined;

  constructor(deps: WorkerDeps<S>) {
    this.#deps = deps;
  }

  get answer(): Answer {
    return this.#answer;
  }

  /** Something changed: look again. */
  kick(): void {
    this.#again = true;
    if (!this.#closed && !this.#isBusy) void this.#run();
  }

  /** As a kick, but not while a refused step waits for its next attempt. */
  nudge(): void {
    if (this.#timer === undefined) this.kick();
  }

  #settle(answer: Answer): void {
    if (
      answer.revision === this.#answer.revision &&
      sameError(answer.failure, this.#answer.failure)
    )
      return;
    this.#answer = answer;
    this.#deps.settled();
  }

  /** The pipeline is another one: what it refused may go now. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retry.reset();
    this.#added = undefined;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#pass();
      } catch (error) {
        log.fail(`a pass over a stream broke: ${reasonOf(error)}`);
        this.#later();
      }
    }
    this.#isBusy = false;
  }

  async #pass(): Promise<void> {
    const own = randomUUID();
    const refusals: Refusals = new Map();
    for (let round = 0; round < roundsMax; round += 1) {
      const goal = this.#deps.goal();
      if (!goal) return;
      const steps = goal.steps.filter((step) => !refusals.has(stepText(step)));
      if (steps.length === 0) {
        const [refusal] = refusals.values();
        if (refusal && goal.steps.length > 0) this.#refused(goal.revision, refusal);
        else if (goal.satisfied) this.#done(goal.revision);
        return;
      }
      if (this.#isStorm(goal)) return this.#later();
      if (!(await this.#carryOut({ ...goal, steps }, goal.requestId ?? own, refusals))) return;
      if (!(await this.#deps.refresh())) return this.#later();
    }
    this.#refused(this.#deps.goal()?.revision ?? 0, {
      code: "native.refused",
      text: "the pipeline accepts the change and does not show it",
    });
  }

  /** A refused setting does not keep the others from being carried out; any other refused step does. */
  async #carryOut(goal: Goal<S>, requestId: string, refusals: Refusals): Promise<boolean> {
    for (const step of goal.steps) {
      try {
        await this.#deps.carryOut(step, requestId);
        if (step.kind === "add") this.#added = { revision: goal.revision, atMs: performance.now() };
        log.note(`${stepText(step)}: done (request ${requestId})`);
      } catch (error) {
        const code = isDomainError(error) ? error.code : "internal";
        log.warn(`${stepText(step)}: ${code}: ${reasonOf(error)} (request ${requestId})`);
        const refusal = { code, text: reasonOf(error) };
        if (code !== "pipeline.unavailable" && isSetting(step)) {
          refusals.set(stepText(step), refusal);
          continue;
        }
        await this.#deps.refresh();
        if (code === "pipeline.unavailable") this.#later();
        else this.#refused(goal.revision, refusal);
        return false;
      }
    }
    return true;
  }

  #isStorm({ revision, steps }: Goal<S>): boolean {
    const added = this.#added;
    return (
      added?.revision === revision &&
      steps[0]?.kind === "add" &&
      performance.now() - added.atMs < addAgainAfterMs
    );
  }

  #done(revision: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retry.reset();
    this.#deps.reached?.();
    this.#settle({ revision, failure: undefined });
  }

  #refused(revision: number, failure: ReportedError): void {
    this.#settle({ revision, failure });
    this.#later();
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.kick();
    }, this.#retry.next());
  }
}

/** By the step's text, the first one first. */
type Refusals = Map<string, ReportedError>;

const isSetting = ({ kind }: AnyStep): boolean => kind === "set" || kind === "share";

const sameError = (a: ReportedError | undefined, b: ReportedError | undefined): boolean =>
  a?.code === b?.code && a?.text === b?.text;
