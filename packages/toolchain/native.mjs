/** `npm run native [-- ctest options]`: configures and builds native/, then runs its tests. */
import { spawnSync } from "node:child_process";
import { ensureAptPackages } from "./apt-packages.mjs";
import { buildFolder, ensureNative } from "./native-build.mjs";
import { checkNode } from "./setup.mjs";
import { root, runScript } from "./step.mjs";

async function main() {
  checkNode();
  await ensureAptPackages();
  await ensureNative({ tests: true });
  const args = ["--test-dir", buildFolder, "--output-on-failure", ...process.argv.slice(2)];
  process.exitCode = spawnSync("ctest", args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

await runScript(main);
