/** The pipeline as the rest of the agent sees it: one process that is kept alive, what it holds, and how it is. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@sightline/contracts/errors";
import type { PipelineWanted } from "@sightline/contracts/desired-state";
import { isMissing, writeAtomically } from "../file.ts";
import type { PipelineState } from "../stream/status.ts";
import type { DriverAbout, ListedStream, PipelineDriver } from "./driver.ts";
import type { OpenKeeper, PipelineKeeper, Restart, RunningPipeline } from "./keeper.ts";
import { Observer } from "./observer.ts";
import { Recovery } from "./recovery.ts";
import { PipelineView } from "./view.ts";

export interface PipelineHandlers {
  /** It answers and has said what it is; of ours, what was found there is in it. */
  readonly up: (running: { readonly pid: number; readonly url: string }) => void;
  /** Its state, its list or its process is another one. */
  readonly changed: () => void;
  /** The stream may be added now. */
  readonly release: (stream: string) => void;
  readonly quarantine: (stream: string) => void;
  /** The stream that a camera of this agent's stands for. */
  readonly holderOf: (localName: string) => string;
}

/** How long a change is watched for ending the pipeline. */
const settleMs = 3_000;

export const tokenFileOf = (folder: string): string => join(folder, "pipeline-token");

/** The bearer token of the host's additive routes: made once, readable by the owner only. */
export async function ensureToken(folder: string): Promise<string> {
  try {
    const text = (await readFile(tokenFileOf(folder), "utf8")).trim();
    if (/^[A-Za-z0-9_-]{43}$/.test(text)) return text;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const token = randomBytes(32).toString("base64url");
  await writeAtomically(tokenFileOf(folder), `${token}\n`);
  return token;
}

const nothing: DriverAbout = { version: "", backend: "", release: "", controls: {} };

export class Pipeline {
  readonly view = new PipelineView();
  readonly recovery: Recovery;
  readonly #handlers: PipelineHandlers;
  readonly #keeper: PipelineKeeper;
  readonly #observer: Observer;
  /** The process, once it is there, and what it has said of itself. */
  #running: RunningPipeline | undefined;
  #about = nothing;
  #isReady = false;
  #state: PipelineState = "stopped";
  #wanted: PipelineWanted = "stopped";
  #isOn = false;
  #switching: Promise<void> | undefined;
  #isClosed = false;

  constructor(openKeeper: OpenKeeper, handlers: PipelineHandlers) {
    this.#handlers = handlers;
    this.recovery = new Recovery({
      settleMs,
      release: handlers.release,
      quarantine: handlers.quarantine,
    });
    this.#keeper = openKeeper({
      up: (running) => this.#started(running),
      down: (end) => this.#ended(end),
    });
    this.#observer = new Observer(this.view, {
      ready: (about) => this.#ready(about),
      changed: handlers.changed,
      dead: (reason) => this.#keeper.kill(reason),
    });
  }

  get state(): PipelineState {
    return this.#state;
  }

  /** The last one that answered; empty texts until then. */
  get about(): DriverAbout {
    return this.#about;
  }

  get restarts(): number {
    return this.#keeper.restarts;
  }

  /** Whether it is ours to stop. */
  get canStop(): boolean {
    return this.#keeper.canStop;
  }

  /** Undefined while no pipeline has said what it is. */
  get driver(): PipelineDriver | undefined {
    return this.#isReady ? this.#running?.driver : undefined;
  }

  /** Returns at once; the last word counts, but for `stop`, which is for good. */
  want(wanted: PipelineWanted): void {
    this.#wanted = this.#isClosed ? "stopped" : wanted;
    if (this.#switching || this.#isAsWanted()) return;
    this.#switching = this.#switch().finally(() => {
      this.#switching = undefined;
      this.want(this.#wanted);
    });
  }

  /** For good: a process that is started after this would outlive the agent. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    this.recovery.stop();
    this.want("stopped");
    await this.#switching;
  }

  /** See `Observer.refresh`. */
  refresh(): Promise<boolean> {
    return this.#observer.refresh();
  }

  /** The stream as the pipeline lists it now. @throws DomainError pipeline.stopped | pipeline.unavailable | stream.no-frame */
  async entry(stream: string): Promise<ListedStream> {
    if (this.#state === "stopped" || !(await this.refresh())) throw this.absence();
    const entry = this.view.entry(stream);
    if (entry) return entry;
    throw new DomainError("stream.no-frame", "the stream is not in the pipeline now");
  }

  /** Why nothing can be asked of the pipeline. */
  absence(): DomainError {
    return this.#state === "stopped"
      ? new DomainError("pipeline.stopped", "the pipeline on the box is stopped, as was asked for")
      : new DomainError("pipeline.unavailable", "the pipeline on the box does not answer");
  }

  #isAsWanted(): boolean {
    return this.#isOn === (this.#wanted === "running");
  }

  async #switch(): Promise<void> {
    while (!this.#isAsWanted()) {
      this.#isOn = !this.#isOn;
      if (this.#isOn) {
        this.#state = "starting";
        this.#keeper.start();
      } else {
        this.#leave({ clean: true });
        await this.#keeper.stop();
        this.#state = "stopped";
      }
      this.#handlers.changed();
    }
  }

  #started(running: RunningPipeline): void {
    if (!this.#isOn) return;
    this.view.clear();
    for (const camera of running.found ?? [])
      this.view.adopt(this.#handlers.holderOf(camera.localName), {
        ...camera,
        source: camera.url,
      });
    this.#running = running;
    this.#isReady = false;
    this.#observer.attach(running);
  }

  #ready(about: DriverAbout): void {
    const running = this.#running;
    if (!running) return;
    this.#about = about;
    this.view.know(about.controls);
    this.#isReady = true;
    this.#state = "running";
    this.recovery.pipelineStarted();
    this.#handlers.up({ pid: running.pid, url: running.url });
  }

  #ended(end: { readonly clean: boolean }): Restart {
    this.#state = "unavailable";
    const isSearching = this.#leave(end);
    this.#handlers.changed();
    return isSearching ? "soon" : "later";
  }

  /** There is no process to talk to any more. */
  #leave(end: { readonly clean: boolean }): boolean {
    this.#observer.detach();
    this.#running = undefined;
    this.#isReady = false;
    const isSearching = this.recovery.pipelineEnded(end);
    this.view.clear();
    return isSearching;
  }
}
