/** `npm run native [-- --sanitize address|thread] [ctest options]`: builds native/, then runs its tests. */
import { spawnSync } from "node:child_process";
import { ensureAptPackages } from "./apt-packages.mjs";
import { ctestArgs, ensureNative, sanitizers } from "./native-build.mjs";
import { checkNode } from "./setup.mjs";
import { root, runScript, StepError } from "./step.mjs";

function takeSanitizer(args) {
  const at = args.indexOf("--sanitize");
  if (at === -1) return;
  const [, sanitizer] = args.splice(at, 2);
  if (sanitizers.includes(sanitizer)) return sanitizer;
  throw new StepError(`--sanitize takes one of ${sanitizers.join(", ")}`);
}

async function main() {
  const rest = process.argv.slice(2);
  const sanitizer = takeSanitizer(rest);
  checkNode();
  await ensureAptPackages();
  await ensureNative({ tests: true, sanitizer });
  const args = [...ctestArgs(sanitizer), ...rest];
  process.exitCode = spawnSync("ctest", args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

await runScript(main);
