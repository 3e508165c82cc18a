/**
 * Bundles with esbuild what runs outside of the sources: all-in-one, the agent and one file per Lambda function.
 * `npm run build` makes all of them and prints their sizes.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { lambdaOptions } from "./lambda-bundle.mjs";
import { setUpPackages } from "./setup.mjs";
import { whenChanged } from "./stamp.mjs";
import { capture, root, runScript, say, StepError } from "./step.mjs";

export const dist = join(root, "dist");
export const allInOne = join(dist, "all-in-one/main.mjs");
export const agent = join(root, "edge-agent/dist/sightline-agent.cjs");

const allInOneSource = join(root, "packages/all-in-one/src/main.ts");
const agentScript = join(root, "edge-agent/bundle.mjs");
const functionsFolder = join(root, "functions");

const shared = { bundle: true, platform: "node", target: "node20", charset: "utf8" };

/** npm packages stay in node_modules, because some bring binaries; our own packages are sources and must be bundled. */
const npmPackagesOutside = {
  name: "npm-packages-outside",
  setup: (plugin) => {
    plugin.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === "entry-point" || path.startsWith("@sightline/") ? undefined : { external: true },
    );
  },
};

async function build(options) {
  const { build: run, formatMessages } = await import("esbuild");
  try {
    await run({ ...shared, ...options, logLevel: "silent" });
  } catch (error) {
    if (!error.errors) throw error;
    const lines = await formatMessages(error.errors, { kind: "error", color: false });
    throw new StepError(`${lines.join("\n")}\nbundling ${options.outfile} failed`);
  }
}

const documents = [
  "functions/api/generated/openapi.json",
  "node_modules/swagger-ui-dist/swagger-ui.css",
  "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
];

/** What the API shows at /docs lies beside its bundle and is read when somebody asks. */
export function copyDocuments(folder) {
  mkdirSync(folder, { recursive: true });
  for (const path of documents) copyFileSync(join(root, path), join(folder, basename(path)));
}

export const hasAllInOne = () => existsSync(allInOneSource);

async function bundleAllInOne() {
  if (!hasAllInOne()) return [];
  await build({
    entryPoints: [allInOneSource],
    outfile: allInOne,
    format: "esm",
    sourcemap: "linked",
    plugins: [npmPackagesOutside],
  });
  copyDocuments(join(dirname(allInOne), "docs"));
  return [allInOne];
}

/** The agent's own script writes the bundle and the binary beside it; that takes two seconds, so it is skipped when it can be. */
export async function bundleAgent() {
  if (!existsSync(agentScript)) return [];
  const what = {
    stamp: "edge-agent/dist/.sightline-stamp",
    sources: ["edge-agent", "packages/contracts/src", "package-lock.json"],
    outputs: ["edge-agent/dist/sightline-agent.cjs"],
  };
  await whenChanged(what, async () => {
    const { code, output } = await capture(process.execPath, [agentScript]);
    if (code !== 0) throw new StepError(`${output}\nbundling the agent failed`);
  });
  return [agent];
}

const functionNames = () =>
  readdirSync(functionsFolder).filter((name) =>
    existsSync(join(functionsFolder, name, "lambda.ts")),
  );

const buildForLambda = (entryPoint, outfile) =>
  build({ entryPoints: [entryPoint], outfile, ...lambdaOptions });

export async function bundleFunction(name, folder = join(dist, "functions")) {
  const outfile = join(folder, name, "index.cjs");
  await buildForLambda(join(functionsFolder, name, "lambda.ts"), outfile);
  if (name === "http") copyDocuments(join(dirname(outfile), "docs"));
  return outfile;
}

/** Programs of the benchmarks: what is measured beside what runs in processes of its own. */
const benchPrograms = ["main.ts", "api-server.ts", "fleet-cloud.ts", "fleet-agents.ts"];

export async function bundleBench() {
  const outdir = join(dist, "bench");
  await build({
    entryPoints: benchPrograms.map((name) => join(root, "test/bench", name)),
    outdir,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    sourcemap: "linked",
    plugins: [npmPackagesOutside],
  });
  await buildForLambda(join(root, "test/bench/sdk-alone.ts"), join(outdir, "sdk-alone.cjs"));
  return join(outdir, "main.mjs");
}

/** What `npm start` needs. esbuild's own process is ended, for it would live as long as the system. */
export async function bundleToRun() {
  await Promise.all([bundleAllInOne(), bundleAgent()]);
  const { stop } = await import("esbuild");
  await stop();
}

/** @returns the paths of all bundles */
export async function bundleAll() {
  const bundles = await Promise.all([
    bundleAllInOne(),
    bundleAgent(),
    ...functionNames().map((name) => bundleFunction(name)),
  ]);
  return bundles.flat();
}

async function main() {
  await setUpPackages();
  for (const path of await bundleAll()) {
    const kilobytes = (statSync(path).size / 1000).toFixed(0);
    say(`${kilobytes.padStart(6)} KB  ${relative(root, path)}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runScript(main);
