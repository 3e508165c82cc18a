/**
 * `npm run check`: format, lint, types, clang-format and the tidy test, at once; only failures are printed.
 * `npm run fix` mends what can be mended first. `--staged` looks at the staged files only, for the pre-commit hook.
 */
import { existsSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { setUpPackages } from "./setup.mjs";
import { bin, capture, root, runScript, say, StepError } from "./step.mjs";

const listFiles = async (args) => {
  const { code, output } = await capture("git", [...args, "-z"]);
  if (code !== 0) throw new StepError(`git ${args.join(" ")} failed:\n${output}`);
  return output.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
};

const listAll = () => listFiles(["ls-files", "--cached", "--others", "--exclude-standard"]);
const listStaged = () =>
  listFiles(["diff", "--cached", "--name-only", "--diff-filter=ACMR", "--no-renames"]);

const ofKind = (paths, extensions) => paths.filter((path) => extensions.includes(extname(path)));
const cppFiles = (paths) =>
  ofKind(paths, [".cpp", ".h"]).filter((path) => path.startsWith("native/"));

async function clangFormat(paths, args) {
  const files = cppFiles(paths);
  if (files.length === 0) return { code: 0, output: "" };
  const result = await capture("clang-format", [...args, ...files]);
  if (result.code !== 127) return result;
  return { code: 0, output: "", note: "clang-format is not installed, so native/ was not checked" };
}

/** Type-aware rules need the whole project, so they are left out where a commit waits for the answer. */
const lint = (args) => capture(bin("oxlint"), ["--deny-warnings", ...args]);
const format = (args) => capture(bin("oxfmt"), ["--no-error-on-unmatched-pattern", ...args]);

/** What has SST's types, which are there only after `npm run test:infra` has been: a rule must not know more on one machine. */
const typedBySst = ["infra/*.ts", "infra/test/mocked-stack.mjs", "sst.config.ts"];

async function lintAll(args = []) {
  const ignored = typedBySst.map((pattern) => `--ignore-pattern=${pattern}`);
  const results = await Promise.all([
    lint(["--type-aware", ...ignored, ...args]),
    lint([...args, "infra", "sst.config.ts"]),
  ]);
  const failed = results.filter(({ code }) => code !== 0);
  return { code: failed[0]?.code ?? 0, output: failed.map(({ output }) => output).join("\n") };
}

const steps = {
  format: () => format(["--check"]),
  lint: () => lintAll(),
  types: () => capture(bin("tsc"), ["-p", "."]),
  "clang-format": async () => clangFormat(await listAll(), ["--dry-run", "--Werror"]),
  tidy: () => capture(bin("vitest"), ["run", "--project", "tidy", "--reporter=default"]),
};

async function runAll(checks) {
  return Promise.all(
    Object.entries(checks).map(async ([name, run]) => {
      const startMs = Date.now();
      const { code, output, note } = await run();
      const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
      return { name, ok: code === 0, output: output.trim(), note, seconds };
    }),
  );
}

function show(results) {
  for (const { name, ok, output, note } of results) {
    if (note) say(`${name}: ${note}`);
    if (!ok) say(`\n── ${name} ${"─".repeat(60 - name.length)}\n${output}`);
  }
}

/** Runs the named checks, prints the failures and gives one result per check. */
export async function runChecks(names) {
  const results = await runAll(Object.fromEntries(names.map((name) => [name, steps[name]])));
  show(results);
  return results;
}

async function fixAll() {
  show([
    ...(await runAll({ lint: () => lintAll(["--fix"]) })).map((result) => ({
      ...result,
      ok: true, // What --fix could not mend is shown by the check that follows.
    })),
    ...(await runAll({
      format: () => format(["--write"]),
      "clang-format": async () => clangFormat(await listAll(), ["-i"]),
    })),
  ]);
}

async function checkStaged() {
  const staged = await listStaged();
  const code = ofKind(staged, [".ts", ".mjs"]);
  const formatted = [...code, ...ofKind(staged, [".json", ".css", ".html"])];
  return runAll({
    ...(formatted.length > 0 && { format: () => format(["--check", ...formatted]) }),
    ...(code.length > 0 && {
      lint: () => lint(["--no-error-on-unmatched-pattern", ...code]),
    }),
    "clang-format": () => clangFormat(staged, ["--dry-run", "--Werror"]),
  });
}

async function main() {
  const startMs = Date.now();
  const isStaged = process.argv.includes("--staged");
  if (!isStaged) await setUpPackages();
  if (process.argv.includes("--fix")) await fixAll();
  const results = isStaged ? await checkStaged() : await runAll(steps);
  show(results);
  const failed = results.filter(({ ok }) => !ok);
  const times = results.map(({ name, seconds }) => `${name} ${seconds} s`).join(" · ");
  if (!isStaged) say(`${times} · together ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
  if (failed.length === 0) return;
  const names = failed.map(({ name }) => name).join(", ");
  throw new StepError(`${names} failed; npm run fix mends formatting and some lint`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runScript(main);
