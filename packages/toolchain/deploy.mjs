/**
 * `npm run deploy -- --stage x`: bundles the functions, then has SST bring the stage to what `infra/` says. Needs AWS credentials and
 * the internet; `infra/README.md` says what else.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { bundleAll } from "./bundle.mjs";
import { setUpPackages } from "./setup.mjs";
import { bin, root, runScript, StepError } from "./step.mjs";

async function main() {
  const args = process.argv.slice(2);
  // SST would take the name of the user for one.
  if (!args.includes("--stage"))
    throw new StepError("say which stage: npm run deploy -- --stage dev");
  await setUpPackages();
  await bundleAll();
  const child = spawn(bin("sst"), ["deploy", ...args], { cwd: root, stdio: "inherit" });
  const [code] = await once(child, "close");
  process.exitCode = code ?? 1;
}

await runScript(main);
