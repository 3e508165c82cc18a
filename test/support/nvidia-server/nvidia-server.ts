/** Starts NVIDIA's server as `server.ts` behaves, in a process of its own, and tells what became of it. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { waitFor } from "../wait-for.ts";
import type { Order, Said, Seen } from "./main.ts";
import type { NvidiaRelease } from "./release.ts";

export interface NvidiaServerOptions {
  readonly release: NvidiaRelease;
  readonly maxBatchSize?: number;
}

let bundled: string | undefined;

/** Node 20 runs no TypeScript. */
function bundle(): string {
  const entry = fileURLToPath(new URL("./main.ts", import.meta.url));
  const options = { bundle: true, platform: "node", format: "esm", write: false } as const;
  const [file] = buildSync({ entryPoints: [entry], ...options }).outputFiles;
  return file?.text ?? "";
}

const startMs = 10_000;

export class NvidiaServer {
  readonly #options: Required<NvidiaServerOptions>;
  /** Why the process ended itself, each time. */
  readonly aborts: string[] = [];
  #child: ChildProcess | undefined;
  #port = 0;

  private constructor(options: Required<NvidiaServerOptions>) {
    this.#options = options;
  }

  static async start(options: NvidiaServerOptions): Promise<NvidiaServer> {
    const server = new NvidiaServer({ maxBatchSize: 8, ...options });
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** On the port it had, and with nothing of what it held. */
  async start(): Promise<void> {
    bundled ??= bundle();
    const { release, maxBatchSize } = this.#options;
    const child = spawn(
      process.execPath,
      [
        ...["--input-type=module", "--eval", bundled],
        ...[release, String(this.#port), String(maxBatchSize)],
      ],
      { stdio: ["ignore", "inherit", "inherit", "ipc"] },
    );
    this.#child = child;
    let isReady = false;
    child.on("message", (said: Said) => {
      if (said.kind === "ready") [isReady, this.#port] = [true, said.port];
      if (said.kind === "abort") this.aborts.push(said.reason);
    });
    child.on("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    await waitFor("the server to listen", () => isReady, { timeoutMs: startMs, pollMs: 5 });
  }

  /** As when the pipeline crashes: nothing is said. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await waitFor("the server's end", () => !this.isRunning, { timeoutMs: startMs, pollMs: 5 });
  }

  look(): Promise<Seen> {
    return this.#order({ kind: "look" });
  }

  async vanish(cameraId: string): Promise<void> {
    await this.#order({ kind: "vanish", cameraId });
  }

  async delay(route: string, delayMs: number): Promise<void> {
    await this.#order({ kind: "delay", path: route, delayMs });
  }

  #order(order: Order): Promise<Seen> {
    const child = this.#child;
    if (!child) return Promise.reject(new Error("the server has ended"));
    return new Promise((resolve, reject) => {
      const take = (said: Said): void => {
        if (said.kind !== "seen") return;
        child.off("message", take).off("exit", end);
        resolve(said.seen);
      };
      const end = (): void => reject(new Error("the server has ended"));
      child.on("message", take).once("exit", end);
      child.send(order);
    });
  }
}
