/** What the scripts share: saying what happens before it happens, and running a long command with its progress shown. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A failure the reader can act on: shown without a stack trace. */
export class StepError extends Error {}

export const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a script's main function; its failure is shown once, and the exit code is 1. */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    say(error instanceof StepError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

const redrawMs = 250;
const reportMs = 10_000;
const headLines = 20;
const tailLines = 60;

/** The cause of a failure stands at one of the ends. */
function shorten(output) {
  const lines = output.trim().split("\n");
  if (lines.length <= headLines + tailLines) return lines.join("\n");
  return [...lines.slice(0, headLines), "…", ...lines.slice(-tailLines)].join("\n");
}

/** Shows elapsed seconds and the last line: in place on a terminal, every ten seconds elsewhere. */
function showProgress(lastLine) {
  const startMs = Date.now();
  const seconds = () => Math.round((Date.now() - startMs) / 1000);
  const isTerminal = process.stderr.isTTY === true;
  const draw = () => {
    const line = `  ${seconds()} s  ${lastLine()}`;
    if (isTerminal) {
      process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    } else {
      say(line);
    }
  };
  const timer = setInterval(draw, isTerminal ? redrawMs : reportMs);
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stderr.write("\r\u001b[K");
    return seconds();
  };
}

/** Ends the child when this script is told to end, so that an interrupted start leaves nothing running. */
function endWithUs(child) {
  const end = (signal) => {
    child.kill(signal);
    process.exitCode = 1;
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  return () => {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  };
}

/**
 * Says the title, runs the command and shows its progress; the output is shown only when it fails.
 * @param {{title: string, command: string, args: string[], cwd?: string, env?: NodeJS.ProcessEnv}} step
 * @returns {Promise<string>} what the command wrote
 */
export async function runStep({ title, command, args, cwd = root, env = process.env }) {
  say(title);
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let lastLine = "";
  const take = (chunk) => {
    const text = chunk.toString();
    output += text;
    lastLine =
      text
        .trim()
        .split(/[\r\n]+/)
        .at(-1) || lastLine;
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const forget = endWithUs(child);
  const stop = showProgress(() => lastLine);
  const { code, error } = await new Promise((done) => {
    child.once("error", (cause) => done({ code: 127, error: cause }));
    child.once("close", (exitCode, signal) => done({ code: exitCode ?? signal }));
  });
  const seconds = stop();
  forget();
  if (code === 0) {
    say(`  done in ${seconds} s`);
    return output;
  }
  const reason = error?.code === "ENOENT" ? `${command} is not installed` : `exit ${code}`;
  throw new StepError(
    `${shorten(output)}\n\n${title}\nfailed: ${[command, ...args].join(" ")} (${reason})`,
  );
}

/** Runs a command to its end and gives all it wrote, without showing anything. */
export function capture(command, args, { cwd = root, env = process.env } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", (error) => done({ code: 127, output: `${command}: ${error.message}` }));
    child.once("close", (code) => done({ code: code ?? 1, output }));
  });
}

/** The path of a command that an npm package brought; started directly, because `npx` costs half a second. */
export function bin(name) {
  const path = join(root, "node_modules/.bin", name);
  if (!existsSync(path)) throw new StepError(`${name} is missing; run npm ci --ignore-scripts`);
  return path;
}
