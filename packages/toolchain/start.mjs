/**
 * `npm start [-- arguments]`: installs and builds what is missing, then runs the whole system on this machine.
 * Runs without a single npm package present.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { setUp } from "./setup.mjs";
import { runScript, StepError } from "./step.mjs";

/** Two copies of one Ctrl-C come this close together: one from the terminal, one from npm. */
const sameSignalMs = 500;

/**
 * Runs the system in a process group of its own, so that a Ctrl-C reaches it through us and therefore once.
 * The pipe on descriptor 3 closes when this process ends, however it ends; the system ends itself then.
 */
function runSystem(bundle, args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--enable-source-maps", bundle, ...args], {
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "pipe"],
      env: { ...process.env, SIGHTLINE_PARENT_PIPE: "1" },
    });
    child.stdio[3].on("error", () => {}); // The system may close its end first.
    const lastMs = {};
    const pass = (signal) => {
      const sinceMs = Date.now() - (lastMs[signal] ?? 0);
      lastMs[signal] = Date.now();
      if (sinceMs > sameSignalMs) child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
    child.once("error", (error) => done({ code: 1, error }));
    child.once("exit", (code, signal) => done({ code: code ?? 128 + constants.signals[signal] }));
  });
}

async function main() {
  await setUp();
  const { allInOne, bundleToRun } = await import("./bundle.mjs");
  await bundleToRun();
  if (!existsSync(allInOne)) throw new StepError("packages/all-in-one/src/main.ts is missing");
  const { code, error } = await runSystem(allInOne, process.argv.slice(2));
  if (error) throw error;
  process.exit(code);
}

await runScript(main);
