/**
 * SST's own sources and Pulumi's packages in `.sst/platform`: what the infrastructure is checked against. Needs the npm registry once
 * per version of SST, no account and no credentials; nothing outside of `.sst` is written, and no install script runs.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUpPackages } from "./setup.mjs";
import { whenChanged } from "./stamp.mjs";
import { bin, capture, root, runScript, runStep, StepError } from "./step.mjs";

const what = {
  stamp: ".sst/sightline-stamp",
  sources: ["node_modules/sst/package.json", "packages/toolchain/sst-platform.mjs"],
  outputs: [".sst/platform/src/auto/run.ts", ".sst/platform/node_modules/@pulumi/aws/package.json"],
};

const unchecked =
  "The infrastructure was not checked: SST's platform comes from the npm registry. See that `npm view sst name` answers, then npm run test:infra";

/** A registry that is not there is told at once; the installation would go on trying for a quarter of an hour. */
async function askRegistry() {
  const noRetries = ["--fetch-retries=0", "--fetch-timeout=20000", "--prefer-online"];
  const { code, output } = await capture("npm", ["view", "sst", "name", ...noRetries]);
  if (code !== 0) throw new StepError(`${output.trim()}\n\n${unchecked}`);
}

export async function ensureSstPlatform() {
  await setUpPackages();
  await whenChanged(what, async () => {
    await askRegistry();
    try {
      await runStep({
        title: "SST's platform: installing it into .sst (about a minute, 320 MB)",
        command: bin("sst"),
        args: ["install", "--stage", "dev"],
        env: {
          ...process.env,
          // It would fetch Pulumi and Bun from GitHub, which only a deployment needs.
          SST_SKIP_DEPENDENCY_CHECK: "1",
          SST_NO_BUN: "1",
          SST_TELEMETRY_DISABLED: "1",
          XDG_CONFIG_HOME: join(root, ".sst/config"),
          npm_config_ignore_scripts: "true",
          npm_config_audit: "false",
          npm_config_fund: "false",
        },
      });
    } catch (error) {
      throw new StepError(`${error.message}\n\n${unchecked}`);
    }
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runScript(ensureSstPlatform);
