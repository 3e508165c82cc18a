/** An agent on "another box": its own folder, its own process, nothing shared with the system but the network. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isAlive, signal } from "./process.ts";
import { root } from "./system.ts";
import { waitFor } from "./wait-for.ts";

const bundle = path.join(root, "edge-agent/dist/sightline-agent.cjs");

export interface AgentRun {
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs the agent's, and its arguments. */
  readonly within?: readonly string[];
}

export class RemoteAgent {
  readonly folder: string;
  #child: ChildProcess | undefined;
  log = "";
  /** Lines of JSON that it said since it was started. */
  output = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<RemoteAgent> {
    return new RemoteAgent(await mkdtemp(path.join(tmpdir(), "sightline-box-")));
  }

  /** As its user would: `npm run agent -- enrol`, in the box's folder. */
  enrol(url: string, token: string): { readonly status: number | null; readonly output: string } {
    const args = ["run", "-s", "--prefix", root, "agent", "--", "enrol"];
    const { status, stdout, stderr } = spawnSync(
      "npm",
      [...args, "--url", url, "--token", token, "--dir", "box"],
      { cwd: this.folder, encoding: "utf8", timeout: 60_000 },
    );
    return { status, output: stdout + stderr };
  }

  run(allowSources: readonly string[], { env = {}, within = [] }: AgentRun = {}): void {
    const [program = "", ...args] = [
      ...within,
      process.execPath,
      bundle,
      ...["run", "--dir", path.join(this.folder, "box")],
      ...["--pipeline-bin", path.join(root, "native/build/sightline-pipeline")],
      ...["--pipeline-port", "0", "--rtsp-port", "0", "--exit-with-parent"],
      ...allowSources.flatMap((source) => ["--allow-source", source]),
    ];
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.output = "";
    child.stdout.on("data", (text: Buffer) => (this.output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (this.log += text.toString()));
    this.#child = child;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.pid !== 0 && isAlive(this.pid);
  }

  /** As a loss of power, but for what the kernel has not written yet. */
  async kill(): Promise<void> {
    const { pid } = this;
    signal(pid, "SIGKILL");
    await waitFor("the agent is gone", () => !isAlive(pid), { timeoutMs: 5_000 });
  }

  /** Orderly: the cloud hears of it at once. */
  async stop(): Promise<void> {
    const pid = this.#child?.pid ?? 0;
    if (pid === 0 || !isAlive(pid)) return;
    signal(pid, "SIGTERM");
    await waitFor("the agent is gone", () => !isAlive(pid), { timeoutMs: 5_000 });
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
