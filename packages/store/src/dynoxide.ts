/**
 * The embedded database of one machine and of tests: dynoxide, a child process that speaks DynamoDB's protocol on loopback.
 *
 * INVARIANTS
 * - It never outlives this process, not even when this one is killed with SIGKILL.
 * - What has been acknowledged is in `folder` when it ends, however it ends.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DomainError } from "@sightline/contracts/errors";

export interface DynoxideOptions {
  /** Where the data stays; in memory when absent. */
  readonly folder?: string;
  /** A free one when absent. */
  readonly port?: number;
  readonly log: (line: string) => void;
}

export interface Dynoxide {
  readonly url: string;
  readonly pid: number;
  /** Resolves when it has ended, asked to or not. */
  readonly exited: Promise<void>;
  /** Ends it within 2 s. Done twice is done once. */
  close(): Promise<void>;
}

const startsMax = 5;
const readyMs = 10_000;
const closeMs = 1_500;

/** @throws DomainError store.unavailable when there is no binary for this platform, or it does not start. */
export async function startDynoxide(options: DynoxideOptions): Promise<Dynoxide> {
  const binary = findBinary();
  if (options.folder !== undefined) mkdirSync(options.folder, { recursive: true });
  for (let start = 1; ; start += 1) {
    const port = options.port ?? (await freePort());
    try {
      return await launch(binary, port, options);
    } catch (error) {
      // Somebody else may have taken the free port in between.
      if (options.port !== undefined || start === startsMax) throw error;
    }
  }
}

function findBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  const { resolve } = createRequire(import.meta.url);
  try {
    return resolve(`${name}/dynoxide`);
  } catch (cause) {
    throw new DomainError("store.unavailable", `the embedded database ${name} is not installed`, {
      cause,
      hint: "set AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB-compatible endpoint, or leave it to AWS",
    });
  }
}

/** dynoxide does not say which port it got when asked for port 0, so one is found beforehand. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return address.port;
}

async function launch(
  binary: string,
  port: number,
  { folder, log }: DynoxideOptions,
): Promise<Dynoxide> {
  const args = ["serve", "--host", "127.0.0.1", "--port", String(port)];
  if (folder !== undefined) args.push("--db-path", join(folder, "dynoxide.db"));
  const child = spawnBound([binary, ...args]);
  const lines: string[] = [];
  const url = `http://127.0.0.1:${port}`;
  await untilListening(child, (line) => {
    log(line);
    lines.push(line);
    return line.includes(`listening on ${url}`);
  }).catch((cause: unknown) => {
    child.kill("SIGKILL");
    throw new DomainError("store.unavailable", `dynoxide did not start: ${lines.join(" ")}`, {
      cause,
    });
  });
  const killWithUs = (): unknown => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.removeListener("exit", killWithUs));
  const exited = new Promise<void>((resolve) => {
    if (hasEnded(child)) resolve();
    child.once("exit", () => resolve());
  });
  return { url, pid: child.pid ?? 0, exited, close: () => end(child) };
}

/** Without setpriv: a shell that kills it when our end of the pipe closes, which the kernel does however we end. */
const watch = `exec 3<&0
"$@" 3<&- & child=$!
trap 'kill $child' TERM
(cat <&3 >/dev/null; kill -9 $child) 2>/dev/null &
wait $child; wait $child 2>/dev/null`;

/** The kernel says nothing of a parent that has ended before setpriv asked it to: whoever has another one by then does not begin. */
const begin = `[ "$PPID" = "$0" ] && exec "$@"`;

function spawnBound(command: readonly string[]): ChildProcess {
  const bind = ["--pdeathsig", "KILL"];
  const probe = spawnSync("setpriv", [...bind, "true"], { stdio: "ignore" });
  const bound = [...bind, "sh", "-c", begin, String(process.pid), ...command];
  return probe.status === 0
    ? spawn("setpriv", bound, { stdio: ["ignore", "ignore", "pipe"] })
    : spawn("sh", ["-c", watch, "sh", ...command], { stdio: ["pipe", "ignore", "pipe"] });
}

/** Rejects when the process ends or `readyMs` pass first. */
function untilListening(child: ChildProcess, isReady: (line: string) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${readyMs} ms`)), readyMs);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code) => settle(() => reject(new Error(`ended with ${code}`))));
    if (!child.stderr) throw new TypeError("no pipe for standard error");
    // Reading goes on after it is ready: a full pipe would stop it.
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (isReady(line)) settle(resolve);
    });
  });
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), closeMs);
  await ended;
  clearTimeout(timer);
}
