/**
 * Carries out what the device should be besides its streams: whether it runs a pipeline, and what all streams share.
 *
 * What is sent to one process holds for that process: the next one is told again. NVIDIA's server may have been started anew without
 * anybody seeing it while it holds no stream of the agent's, so what it does not tell is sent again with the first one that comes.
 */
import type { DeviceReport } from "@sightline/contracts/device-report";
import type { DeviceWish } from "@sightline/contracts/desired-state";
import { deviceSettingKeys, unsupportedSetting } from "@sightline/contracts/settings";
import type { SettingValue } from "@sightline/contracts/settings";
import { noError, type ReportedError } from "@sightline/contracts/stream-report";
import type { SomeSettings } from "../pipeline/applied.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Settled, SharedStep } from "../plan.ts";
import { knownDeviceSettings, wishTarget } from "../stream/effective.ts";
import { StreamWorker, type Goal } from "../stream/worker.ts";
import { planShared } from "./wish-plan.ts";

export interface WishDeps {
  readonly wish: () => DeviceWish;
  readonly pipeline: Pipeline;
  /** See `Streams.followed`. */
  readonly followed: () => ReportedError | "pending" | undefined;
  /** The answer is another one. */
  readonly answered: () => void;
  /** This run of the pipeline has been told everything: what it has in force is reported from now on. */
  readonly told: () => void;
}

const unstoppable: ReportedError = {
  code: "command.unsupported",
  text: "the pipeline is a server that somebody else runs, and the agent does not stop it",
};

export class WishKeeper {
  readonly #deps: WishDeps;
  readonly #worker: StreamWorker<SharedStep>;
  #sent: SomeSettings = {};
  /** Of this run of the pipeline; undefined until it was told completely. */
  #settled: Settled | undefined;
  /** The pipeline showed a stream of the agent's when it was last looked at. */
  #hadStreams = false;
  /** Why a stream does not have what the device gives it. */
  #refusal: ReportedError | undefined;

  constructor(deps: WishDeps) {
    this.#deps = deps;
    this.#worker = new StreamWorker({
      goal: () => this.#goal(),
      carryOut: (step, requestId) => this.#share(step, requestId),
      refresh: () => deps.pipeline.refresh(),
      reached: () => this.#reached(),
      settled: deps.answered,
    });
  }

  /** Perhaps another one. */
  changed(): void {
    this.#deps.pipeline.want(this.#isUnstoppable() ? "running" : this.#deps.wish().pipeline);
    this.#worker.kick();
  }

  /** A fresh process: everything is set again. */
  pipelineStarted(): void {
    this.#sent = {};
    this.#settled = undefined;
    this.#worker.reset();
    this.#worker.kick();
  }

  /** Its list or its state is another one. */
  pipelineChanged(): void {
    const hasStreams = this.#deps.pipeline.view.showsOwn;
    if (hasStreams && !this.#hadStreams) this.#sent = {};
    this.#hadStreams = hasStreams;
    this.#worker.nudge();
  }

  close(): void {
    this.#worker.close();
  }

  report(): DeviceReport["wish"] {
    const { revision, failure } = this.#worker.answer;
    const refused = failure ?? this.#refusal;
    const { code, text } = refused ?? (this.#isUnstoppable() ? unstoppable : noError);
    // The answer may be of the run before: what another one begins with is nobody's change, and must not be taken for one.
    const isTold = this.#settled !== undefined || refused !== undefined;
    return {
      revision,
      error: { code: code.slice(0, 64), text: text.slice(0, 512) },
      settings: this.#deps.pipeline.driver ? this.#settingsInForce(isTold) : {},
    };
  }

  /** It was asked to stop, and is not ours. */
  #isUnstoppable(): boolean {
    return this.#deps.wish().pipeline === "stopped" && !this.#deps.pipeline.canStop;
  }

  #goal(): Goal<SharedStep> | undefined {
    const { pipeline } = this.#deps;
    const { revision, requestId, pipeline: wanted } = this.#deps.wish();
    if (wanted === "stopped" && pipeline.canStop) {
      if (pipeline.state !== "stopped") return undefined;
      // No stream is asked for anything.
      this.#refusal = undefined;
      return { revision, steps: [], satisfied: true };
    }
    const { shared } = pipeline.view;
    if (!pipeline.driver || !shared) return undefined;
    const steps = planShared(wishTarget(this.#deps.wish()), {
      controls: pipeline.about.controls,
      settings: { ...this.#sent, ...shared },
      settled: this.#settled,
      hasStreams: pipeline.view.entries().length > 0,
    });
    return { revision, requestId, steps, satisfied: steps.length === 0 && this.#isFollowed() };
  }

  /** Whether every stream has had its turn. What once was so is not looked at again: that is every list's work. */
  #isFollowed(): boolean {
    const isKnown = this.#worker.answer.revision === this.#deps.wish().revision;
    if (isKnown && !this.#refusal) return true;
    const followed = this.#deps.followed();
    if (followed === "pending") return false;
    const before = this.#refusal?.text;
    this.#refusal = followed;
    if (isKnown && before !== followed?.text) this.#deps.answered();
    return true;
  }

  async #share(step: SharedStep, requestId: string): Promise<void> {
    const { driver, view } = this.#deps.pipeline;
    if (!driver) throw this.#deps.pipeline.absence();
    await driver.setShared(step, requestId);
    // Said by a run that has ended meanwhile.
    if (this.#deps.pipeline.driver !== driver) return;
    this.#sent = { ...this.#sent, [step.key]: step.value };
    view.sentShared();
  }

  #reached(): void {
    if (!this.#deps.pipeline.driver) return;
    const { revision, settings } = wishTarget(this.#deps.wish());
    const isFirst = this.#settled === undefined;
    this.#settled = { revision, settings };
    if (isFirst) this.#deps.told();
  }

  /** What each stream has of its own is in force as soon as it is wanted; what all share, as the pipeline tells it. */
  #settingsInForce(isTold: boolean): Record<string, SettingValue> {
    const { about, view } = this.#deps.pipeline;
    const wish = this.#deps.wish();
    const wanted = knownDeviceSettings(wish.settings);
    const told: SomeSettings = isTold ? { ...this.#sent, ...view.shared } : {};
    const known = deviceSettingKeys.flatMap((key): [string, SettingValue][] => {
      const scope = about.controls[key];
      const isAsked = wanted[key] !== undefined;
      const value = scope === "device" ? told[key] : wanted[key];
      if (scope === undefined) return isAsked ? [[key, unsupportedSetting]] : [];
      return value === undefined ? [] : [[key, value]];
    });
    const unknown = Object.keys(wish.settings)
      .filter((key) => !Object.hasOwn(wanted, key))
      .map((key) => [key, unsupportedSetting]);
    return Object.fromEntries([...known, ...unknown]);
  }
}
