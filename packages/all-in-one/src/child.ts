/** Child processes: they end with this one, also when it is killed, and their last words are kept. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { createInterface } from "node:readline";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Where its standard error goes. */
  readonly log: Writable;
  /** Every line of its standard output. */
  readonly onLine?: (line: string) => void;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
  end(graceMs: number): Promise<void>;
}

const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((file) => existsSync(file));

/** @throws Error when the program cannot be started */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { command, args, log } = options;
  // The kernel ends it with this process, whatever becomes of that.
  const [program, ...rest] = setpriv
    ? [setpriv, "--pdeathsig", "KILL", "--", command, ...args]
    : [command, ...args];
  const child: ChildProcess = spawn(program ?? command, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    // A session of its own: Ctrl-C in the terminal reaches this process alone, which then ends its children in order.
    detached: true,
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.stderr?.pipe(log, { end: false });
  // Its end of the pipe tells it that this process is gone; nothing is ever written.
  child.stdin?.on("error", () => undefined);
  if (child.stdout)
    createInterface({ input: child.stdout }).on("line", (line) => options.onLine?.(line));
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid ?? 0,
    exited,
    async end(graceMs) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      // A stopped process takes no SIGTERM.
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
