/** `npm run bench [-- names]`: builds everything, then measures. Nothing else should run on the machine meanwhile. */
import { spawnSync } from "node:child_process";
import { bundleAll, bundleBench } from "./bundle.mjs";
import { setUp } from "./setup.mjs";
import { root, runScript } from "./step.mjs";

async function main() {
  await setUp();
  await bundleAll();
  const bundle = await bundleBench();
  const { stop } = await import("esbuild");
  await stop();
  const args = ["--enable-source-maps", bundle, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  process.exitCode = status ?? 1;
}

await runScript(main);
