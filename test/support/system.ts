/** The whole system as `npm start` runs it, on free ports and a folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Failpoint } from "@sightline/all-in-one/failpoints";
import { isAlive, signal } from "./process.ts";
import { waitFor } from "./wait-for.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const main = path.join(root, "dist/all-in-one/main.mjs");

export interface Ready {
  readonly api: string;
  readonly deepstream: string;
  readonly mqtt: string;
  readonly pipeline: { readonly url: string; readonly token: string };
  readonly admin: { readonly login: string; readonly password: string; readonly token: string };
  readonly organization: string;
  readonly site: string;
  readonly device: string;
  readonly cameras: readonly string[];
  readonly pids: {
    readonly main: number;
    readonly agent: number;
    readonly pipeline: number;
    readonly database: number;
  };
  readonly pid: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers as a client without types does.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface Request {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request; `ca` is what an HTTPS server must show. */
function exchange(
  url: string,
  { method = "GET", body, headers, ca }: Request & { readonly ca: string },
): Promise<Answer> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, ca, headers: { ...type, ...headers } }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (part: string) => (text += part));
      incoming.on("error", reject).on("end", () => {
        const isJson = incoming.headers["content-type"]?.includes("json") ?? false;
        const pairs = Object.entries(incoming.headers).map(([name, value]) => [
          name,
          String(value),
        ]);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: new Headers(pairs),
          body: isJson ? JSON.parse(text) : text,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface SystemOptions {
  /** Besides `--data` and `--port 0`. */
  readonly args?: readonly string[];
  readonly folder?: string;
  /** It dies where `failAt` says. */
  readonly failpoints?: boolean;
}

const readyMs = 30_000;
const endMs = 5_000;

export class System {
  readonly folder: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  output = "";

  private constructor(folder: string, { args = [], failpoints = false }: SystemOptions) {
    this.folder = folder;
    this.#args = args;
    this.#env = failpoints ? { SIGHTLINE_FAILPOINT_FILE: this.file("failpoint") } : {};
  }

  static async start(options: SystemOptions = {}): Promise<System> {
    const home = options.folder ?? (await mkdtemp(path.join(tmpdir(), "sightline-e2e-")));
    const system = new System(home, options);
    await system.start();
    return system;
  }

  async start(): Promise<void> {
    this.output = "";
    const args = [main, "--data", this.folder, "--port", "0", ...this.#args];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.#env },
    });
    child.stdout.on("data", (text: Buffer) => (this.output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (this.output += text.toString()));
    this.#child = child;
    await waitFor(
      "ready.json of this start",
      () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${this.output}`);
        return existsSync(this.file("ready.json")) && this.ready.pid === child.pid;
      },
      { timeoutMs: readyMs },
    );
  }

  file(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  /** As it stands in the file right now: pids change when a part is started again. */
  get ready(): Ready {
    return JSON.parse(readFileSync(this.file("ready.json"), "utf8")) as Ready;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Calls the API as the admin. */
  async call(route: string, request: Request = {}): Promise<Answer> {
    const { api, admin } = this.ready;
    return exchange(`${api}${route}`, {
      ...request,
      ca: readFileSync(this.file("ca.pem"), "utf8"),
      headers: { authorization: `Bearer ${admin.token}`, ...request.headers },
    });
  }

  /** The main process kills itself the nth time that it passes this point. */
  failAt(point: Failpoint, nth = 1): void {
    writeFileSync(this.file("failpoint"), `${point}:${nth}`);
  }

  /** It has passed the point. */
  async failed(point: Failpoint): Promise<void> {
    const { pid } = this;
    await waitFor(`it died at ${point}`, () => !isAlive(pid), { timeoutMs: endMs });
  }

  /** kill -9 of the main process alone. */
  async crash(): Promise<void> {
    const { pid } = this;
    signal(pid, "SIGKILL");
    await waitFor("the main process is gone", () => !isAlive(pid), { timeoutMs: endMs });
  }

  /** SIGTERM; resolves when it is gone. */
  async stop(): Promise<void> {
    const { pid } = this;
    signal(pid, "SIGTERM");
    await waitFor("the main process is gone", () => !isAlive(pid), { timeoutMs: endMs });
  }

  /** Ends it whatever state it is in, and takes its folder away. */
  async dispose(): Promise<void> {
    const parts = existsSync(this.file("ready.json")) ? Object.values(this.ready.pids) : [];
    for (const pid of parts) signal(pid, "SIGCONT");
    if (isAlive(this.pid)) await this.stop();
    for (const pid of parts)
      await waitFor(`process ${pid} is gone`, () => !isAlive(pid), { timeoutMs: endMs });
    await rm(this.folder, { recursive: true, force: true });
  }
}
