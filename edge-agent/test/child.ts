/** Child processes of a test: their lines, and their end by pid. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { waitFor } from "./wait-for.ts";

export class Child {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdin.on("error", () => undefined);
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.lines.push(line));
    createInterface({ input: this.#process.stderr }).on("line", (line) => this.errors.push(line));
    this.#process.on("error", (error) => this.errors.push(error.message));
    this.#process.on("exit", (code, signal) => (this.exit = { code, signal }));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The first line that says so. */
  json<T>(is: (value: Record<string, unknown>) => boolean, timeoutMs = 20_000): Promise<T> {
    return waitFor(
      () =>
        this.lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(is) as
          | T
          | undefined,
      () =>
        `a line of ${this.#process.spawnfile}; it said\n${this.errors.slice(-30).join("\n")}\nthat`,
      timeoutMs,
    );
  }

  closeInput(): void {
    this.#process.stdin.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async ended(timeoutMs = 5_000): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return waitFor(() => this.exit, `the end of process ${this.pid}`, timeoutMs);
  }

  async kill(): Promise<void> {
    if (this.exit) return;
    this.signal("SIGKILL");
    await this.ended();
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
