/** Runs the bundled system so that signals reach it once, and so that it never outlives this process. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Two copies of one Ctrl-C come this close together: one from the terminal, one from npm. */
const sameSignalMs = 500;

/**
 * The system has a process group of its own, so a Ctrl-C reaches it through us and therefore once.
 * The pipe on descriptor 3 closes when this process ends, however it ends; the system ends itself then.
 * @returns {Promise<number>} its exit code
 */
export function runSystem(bundle, args) {
  return new Promise((done, refuse) => {
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
    child.once("error", refuse);
    child.once("exit", (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}
