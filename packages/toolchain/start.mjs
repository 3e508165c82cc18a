/**
 * `npm start [-- arguments]`: installs and builds what is missing, then runs the whole system on this machine.
 * Runs without a single npm package present.
 */
import { existsSync } from "node:fs";
import { runSystem } from "./run-system.mjs";
import { setUp } from "./setup.mjs";
import { runScript, StepError } from "./step.mjs";

async function main() {
  await setUp();
  const { allInOne, bundleToRun } = await import("./bundle.mjs");
  await bundleToRun();
  if (!existsSync(allInOne)) throw new StepError("packages/all-in-one/src/main.ts is missing");
  process.exit(await runSystem(allInOne, process.argv.slice(2)));
}

await runScript(main);
