/** Finds processes that outlive a test run: they all inherited one environment variable, whatever their parent is now. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export const runVariable = "SIGHTLINE_TEST_RUN";

/** A process that was told to end gets this long before it counts as left behind. */
const graceMs = 2000;
const pollMs = 100;

function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // It ended in between, or belongs to somebody else.
  }
}

function list(runId) {
  const mark = `${runVariable}=${runId}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProcess(pid, "environ").split("\0").includes(mark))
    .map((pid) => ({
      pid: Number(pid),
      name: readProcess(pid, "cmdline").split("\0").join(" ").trim(),
    }));
}

function end(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Already gone.
  }
}

/** Ends what is left of the run and names it. */
export async function endLeftovers(runId) {
  const untilMs = Date.now() + graceMs;
  let found = list(runId);
  while (found.length > 0 && Date.now() < untilMs) {
    await delay(pollMs);
    found = list(runId);
  }
  for (const { pid } of found) end(pid);
  return found;
}
