/** The pipeline as the rest of the agent sees it: one process that is kept alive, what it holds, and how it is. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@sightline/contracts/errors";
import type { PipelineReady, PipelineStream } from "@sightline/contracts/pipeline-api";
import { isMissing, writeAtomically } from "../file.ts";
import type { RunOptions } from "../options.ts";
import type { PipelineState } from "../stream/status.ts";
import { PipelineClient } from "./client.ts";
import { Observer } from "./observer.ts";
import { Recovery } from "./recovery.ts";
import { Supervisor, type Restart } from "./supervisor.ts";
import { PipelineView } from "./view.ts";

export interface PipelineHandlers {
  /** It answers, and holds nothing yet. */
  readonly up: (running: { readonly pid: number; readonly url: string }) => void;
  /** Its state, its list or its process is another one. */
  readonly changed: () => void;
  /** The stream may be added now. */
  readonly release: (stream: string) => void;
  readonly quarantine: (stream: string) => void;
}

export interface PipelineOptions {
  readonly folder: string;
  readonly run: RunOptions;
  readonly token: string;
}

/** As reports have them. */
const versionCharactersMax = 64;

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

export class Pipeline {
  readonly view = new PipelineView();
  readonly recovery: Recovery;
  readonly #handlers: PipelineHandlers;
  readonly #token: string;
  readonly #supervisor: Supervisor;
  readonly #observer: Observer;
  #client: PipelineClient | undefined;
  #state: PipelineState = "starting";
  #versions = { pipeline: "", backend: "" };

  constructor({ folder, run, token }: PipelineOptions, handlers: PipelineHandlers) {
    this.#handlers = handlers;
    this.#token = token;
    this.recovery = new Recovery({
      settleMs,
      release: handlers.release,
      quarantine: handlers.quarantine,
    });
    this.#supervisor = new Supervisor(
      {
        binary: run.pipelineBin,
        port: run.pipelinePort,
        rtspPort: run.rtspPort,
        tokenFile: tokenFileOf(folder),
        mediaDir: run.mediaDir,
        allowSources: run.allowSources,
      },
      { up: (ready) => this.#started(ready), down: (end) => this.#ended(end) },
    );
    this.#observer = new Observer(this.view, {
      ready: ({ version, backend }) => {
        this.#versions = { pipeline: version.slice(0, versionCharactersMax), backend };
        handlers.changed();
      },
      changed: handlers.changed,
      dead: (reason) => this.#supervisor.kill(reason),
    });
  }

  get state(): PipelineState {
    return this.#state;
  }

  /** Empty texts until a pipeline has answered. */
  get versions(): { readonly pipeline: string; readonly backend: string } {
    return this.#versions;
  }

  get restarts(): number {
    return this.#supervisor.restarts;
  }

  /** Undefined while no process is ready. */
  get client(): PipelineClient | undefined {
    return this.#client;
  }

  start(): void {
    this.#supervisor.start();
  }

  async stop(): Promise<void> {
    this.recovery.stop();
    this.#observer.detach();
    await this.#supervisor.stop();
  }

  /** See `Observer.refresh`. */
  refresh(): Promise<boolean> {
    return this.#observer.refresh();
  }

  /** The stream as the pipeline lists it now. @throws DomainError pipeline.unavailable | stream.no-frame */
  async entry(stream: string): Promise<PipelineStream> {
    if (!(await this.refresh()))
      throw new DomainError("pipeline.unavailable", "the pipeline on the box does not answer");
    const entry = this.view.entry(stream);
    if (entry) return entry;
    throw new DomainError("stream.no-frame", "the stream is not in the pipeline now");
  }

  #started({ pid, port }: PipelineReady): void {
    this.#client = new PipelineClient({ url: `http://127.0.0.1:${port}`, token: this.#token });
    this.view.clear();
    this.#state = "running";
    this.#observer.attach(this.#client);
    this.recovery.pipelineStarted();
    this.#handlers.up({ pid, url: this.#client.address.url });
  }

  #ended(end: { readonly clean: boolean }): Restart {
    this.#observer.detach();
    this.#client = undefined;
    this.#state = "unavailable";
    const isSearching = this.recovery.pipelineEnded(end);
    this.view.clear();
    this.#handlers.changed();
    return isSearching ? "soon" : "later";
  }
}
