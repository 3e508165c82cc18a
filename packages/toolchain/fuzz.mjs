/**
 * `npm run fuzz`: 100,000 made-up requests to the pipeline host built with the address sanitizer, 20 times those of `npm test`.
 * `SIGHTLINE_INPUT_SEED` repeats a run that failed; `SIGHTLINE_INPUT_RUNS` makes it longer or shorter.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { ensureAptPackages } from "./apt-packages.mjs";
import { buildFolder, ensureNative } from "./native-build.mjs";
import { checkNode } from "./setup.mjs";
import { root, runScript, say } from "./step.mjs";

const seedMax = 2 ** 31;

async function main() {
  checkNode();
  await ensureAptPackages();
  await ensureNative({ tests: true });
  const seed = process.env.SIGHTLINE_INPUT_SEED ?? String(randomInt(seedMax));
  const env = { SIGHTLINE_INPUT_RUNS: "20", ...process.env, SIGHTLINE_INPUT_SEED: seed };
  say(`SIGHTLINE_INPUT_RUNS=${env.SIGHTLINE_INPUT_RUNS} SIGHTLINE_INPUT_SEED=${seed}`);
  const args = ["--test-dir", buildFolder, "--verbose", "-R", "^live-fuzz-address$"];
  process.exitCode = spawnSync("ctest", args, { cwd: root, env, stdio: "inherit" }).status ?? 1;
}

await runScript(main);
