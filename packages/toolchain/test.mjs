/**
 * `npm test [-- layer] [vitest filters]`: sets the machine up, builds, checks, then runs the native and the TypeScript tests.
 * Ends with one line `N passed, N failed`; fails on any failure, on no test at all, and on a process left behind.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { endLeftovers, runVariable } from "./leftovers.mjs";
import { ctestArgs, hasNative } from "./native-build.mjs";
import { countNativeReport } from "./native-report.mjs";
import { setUp, setUpPackages } from "./setup.mjs";
import { ensureSstPlatform } from "./sst-platform.mjs";
import { bin, root, runScript, say } from "./step.mjs";

const layers = ["tidy", "unit", "contract", "e2e", "dialect", "fault", "infra"];
const layersOfSourceOnly = ["tidy", "unit"];
const checks = ["format", "lint", "types", "clang-format"];

const runId = randomUUID();
let interruptedBy;
let running;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    interruptedBy ??= signal;
    running?.kill("SIGTERM");
  });
}

/** Runs a test program with its output on the screen. */
function run(command, args) {
  if (interruptedBy) return Promise.resolve(1);
  return new Promise((done) => {
    const env = { ...process.env, [runVariable]: runId };
    running = spawn(command, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    running.once("error", (error) => {
      say(`${command}: ${error.message}`);
      done(127);
    });
    running.once("close", (code) => done(code ?? 1));
  });
}

const count = (passed = 0, failed = 0, skipped = 0) => ({ passed, failed, skipped });

async function countChecks() {
  say("checks: format, lint, types, clang-format");
  const { runChecks } = await import("./check.mjs");
  const results = await runChecks(checks);
  const passed = results.filter(({ ok }) => ok).length;
  return count(passed, results.length - passed);
}

async function countNative(folder) {
  const report = join(folder, "native.xml");
  say("native tests");
  const code = await run("ctest", [
    ...ctestArgs(),
    ...["--timeout", "300", "--output-junit", report],
    // Whole outputs: the sum of the cases stands at the end.
    ...["--test-output-size-passed", "10000000", "--test-output-size-failed", "10000000"],
  ]);
  if (!existsSync(report)) return count(0, 1);
  const { passed, failed, skipped } = countNativeReport(readFileSync(report, "utf8"));
  return count(passed, code !== 0 && failed === 0 ? 1 : failed, skipped);
}

/** A test file that does not load has no tests, so it counts as one failure; so does an error outside of any test. */
async function countVitest(folder, args) {
  const path = join(folder, "vitest.json");
  say("tests");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${path}`];
  const code = await run(bin("vitest"), ["run", ...reporters, ...args]);
  if (!existsSync(path)) return count(0, 1);
  const report = JSON.parse(readFileSync(path, "utf8"));
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloaded;
  const skipped = report.numPendingTests + report.numTodoTests;
  return count(report.numPassedTests, code !== 0 && failed === 0 ? 1 : failed, skipped);
}

async function countLeftovers() {
  const found = await endLeftovers(runId);
  for (const { pid, name } of found) say(`left behind by the tests, now ended: ${pid} ${name}`);
  return count(0, found.length);
}

async function setUpFor(layer) {
  if (layersOfSourceOnly.includes(layer)) return setUpPackages();
  // The infrastructure names bundles, and runs nothing. In a whole run its platform is installed when its tests come, last.
  await (layer === "infra" ? ensureSstPlatform() : setUp({ tests: layer === undefined }));
  const { bundleAll } = await import("./bundle.mjs");
  return bundleAll();
}

async function main() {
  const [first, ...rest] = process.argv.slice(2);
  const layer = layers.includes(first) ? first : undefined;
  const filters = layer ? ["--project", layer, ...rest] : process.argv.slice(2);
  const isWhole = filters.length === 0;

  await setUpFor(layer);
  const folder = mkdtempSync(join(tmpdir(), "sightline-test-"));
  const parts = [];
  if (isWhole) parts.push(await countChecks());
  if (isWhole && hasNative()) parts.push(await countNative(folder));
  parts.push(await countVitest(folder, filters), await countLeftovers());
  rmSync(folder, { recursive: true });

  const sum = (name) => parts.reduce((total, part) => total + part[name], 0);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped}\n`);
  if (interruptedBy) process.exitCode = 128 + constants.signals[interruptedBy];
  else if (sum("failed") > 0 || sum("passed") === 0) process.exitCode = 1;
}

await runScript(main);
