/** `npm run agent -- enrol|run …`: makes sure that the agent and its pipeline are built, then runs it in the caller's folder. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { pipelineBin } from "./native-build.mjs";
import { setUp, setUpPackages } from "./setup.mjs";
import { runScript, StepError } from "./step.mjs";

const pipelineOption = "--pipeline-bin";

/** Only `run` starts a pipeline, and only the built one when the caller names no other. */
const wantsBuiltPipeline = (args) =>
  args[0] === "run" && !args.some((arg) => arg.split("=")[0] === pipelineOption);

function runAgent(bundle, args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--enable-source-maps", bundle, ...args], {
      cwd: process.env["INIT_CWD"] ?? process.cwd(),
      stdio: "inherit",
    });
    // A Ctrl-C reaches the whole process group by itself; a SIGTERM reaches only us.
    process.on("SIGINT", () => {});
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    child.once("error", () => done(1));
    child.once("exit", (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}

async function main() {
  const args = process.argv.slice(2);
  const isBuilt = wantsBuiltPipeline(args);
  await (isBuilt ? setUp() : setUpPackages());
  const { agent, bundleAgent } = await import("./bundle.mjs");
  await bundleAgent();
  if (!existsSync(agent)) throw new StepError("edge-agent/bundle.mjs did not write the agent");
  process.exit(await runAgent(agent, isBuilt ? [...args, pipelineOption, pipelineBin] : args));
}

await runScript(main);
