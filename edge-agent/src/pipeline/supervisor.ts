/**
 * Keeps one pipeline process alive.
 *
 * INVARIANTS
 * - At most one child; its port stays the same across restarts.
 * - The child dies with the agent: it watches the pipe to its standard input.
 * - A child that exits for any reason but our own stop is started again, after 0.2 s doubling to 5 s; always after 0.2 s while it is
 *   found out which stream ends it, for that takes a bounded number of restarts.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { PipelineReady } from "@sightline/contracts/pipeline-api";
import { BackOff } from "../back-off.ts";
import { Lines } from "../lines.ts";
import { log } from "../log.ts";
import { parseJson } from "../json.ts";
import { PipelineClient } from "./client.ts";
import { EventStream } from "./event-stream.ts";
import type { KeeperHandlers, PipelineKeeper, RunningPipeline } from "./keeper.ts";

export interface SupervisorOptions {
  readonly binary: string;
  /** 0: the first child chooses, the later ones keep it. */
  readonly port: number;
  readonly rtspPort: number;
  readonly tokenFile: string;
  /** What is in it. */
  readonly token: string;
  readonly mediaDir: string | undefined;
  readonly analyticsDir: string | undefined;
  readonly allowSources: readonly string[];
}

/** GStreamer scans its plugins at the first start. */
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 2_000;
const soundAfterMs = 30_000;

export class Supervisor implements PipelineKeeper {
  readonly canStop = true;
  readonly #options: SupervisorOptions;
  readonly #handlers: KeeperHandlers;
  readonly #backOff = new BackOff({ firstMs: 200, maxMs: 5_000 });
  #ports: { port: number; rtspPort: number };
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restarts = 0;
  #stopped = true;

  constructor(options: SupervisorOptions, handlers: KeeperHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#ports = { port: options.port, rtspPort: options.rtspPort };
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    this.#stopped = false;
    this.#spawn();
  }

  #spawn(): void {
    const startedAtMs = performance.now();
    const child = spawn(this.#options.binary, this.#arguments(), {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    const tooLate = setTimeout(() => this.kill("it did not become ready"), readyTimeoutMs);
    child.stdin.on("error", () => undefined);
    const said = new Lines((line) => {
      const ready = PipelineReady.safeParse(parseJson(line));
      if (!ready.success || this.#child !== child) return;
      clearTimeout(tooLate);
      this.#ports = { port: ready.data.port, rtspPort: ready.data.rtspPort };
      this.#handlers.up(this.#running(ready.data));
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
    const logged = new Lines((line) => log.note(`pipeline: ${line}`));
    child.stderr.setEncoding("utf8").on("data", (text: string) => logged.push(text));
    let ended = false;
    const end = (how: string, clean: boolean): void => {
      if (ended) return;
      ended = true;
      clearTimeout(tooLate);
      this.#ended(how, { clean, livedMs: performance.now() - startedAtMs });
    };
    child.on("error", (error) => end(error.message, false));
    child.on("exit", (code, signal) => end(signal ?? `exit code ${code}`, code === 0));
  }

  /** Ends a child that is no use any more; it is started again. */
  kill(reason: string): void {
    log.warn(`the pipeline is killed: ${reason}`);
    this.#child?.kill("SIGKILL");
  }

  /** By force after two seconds. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    child.stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }

  #arguments(): string[] {
    const { tokenFile, mediaDir, analyticsDir, allowSources } = this.#options;
    return [
      ...["--address", "127.0.0.1"],
      ...["--port", String(this.#ports.port)],
      ...["--rtsp-port", String(this.#ports.rtspPort)],
      ...["--token-file", tokenFile],
      ...(mediaDir === undefined ? [] : ["--media-dir", mediaDir]),
      ...(analyticsDir === undefined ? [] : ["--analytics-dir", analyticsDir]),
      ...allowSources.flatMap((source) => ["--allow-source", source]),
      "--exit-with-parent",
    ];
  }

  #running({ pid, port }: PipelineReady): RunningPipeline {
    const address = { url: `http://127.0.0.1:${port}`, token: this.#options.token };
    return {
      driver: new PipelineClient(address),
      pid,
      url: address.url,
      openEvents: (ring) => new EventStream(address, ring),
    };
  }

  #ended(how: string, { clean, livedMs }: { clean: boolean; livedMs: number }): void {
    this.#child = undefined;
    if (this.#stopped) return;
    if (livedMs > soundAfterMs) this.#backOff.reset();
    const restart = this.#handlers.down({ clean });
    if (restart === "soon") this.#backOff.reset();
    const waitMs = this.#backOff.next();
    log.warn(`the pipeline ended (${how}); next start in ${waitMs} ms`);
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.#spawn();
    }, waitMs);
  }
}
