/** Builds native/ with CMake and Ninja when its sources changed since the last build that succeeded. */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { whenChanged } from "./stamp.mjs";
import { root, runStep, StepError } from "./step.mjs";

const sourceFolder = join(root, "native");
export const buildFolder = join(sourceFolder, "build");
const programs = ["sightline-pipeline", "sightline-demo-cameras"];
/** What the tests of the whole system load into the pipeline. */
const testPlugins = ["abort-for-camera"];
export const pipelineBin = join(buildFolder, "sightline-pipeline");

export const hasNative = () => existsSync(join(sourceFolder, "CMakeLists.txt"));

function refuseForeignBuild() {
  const cachePath = join(buildFolder, "CMakeCache.txt");
  if (!existsSync(cachePath)) return;
  const cache = readFileSync(cachePath, "utf8");
  const isOurs =
    cache.includes("CMAKE_GENERATOR:INTERNAL=Ninja\n") &&
    cache.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${sourceFolder}\n`);
  if (isOurs) return;
  throw new StepError(
    "native/build was configured without Ninja or for another folder; remove it and try again",
  );
}

const build = (what, targets) =>
  runStep({
    title: `native: building ${what} with ninja; the first time takes a few minutes`,
    command: "cmake",
    args: [
      ...["--build", buildFolder, "--parallel", String(availableParallelism())],
      ...(targets.length > 0 ? ["--target", ...targets] : []),
    ],
  });

async function buildPrograms() {
  refuseForeignBuild();
  await runStep({
    title: "native: configuring with cmake",
    command: "cmake",
    args: ["-S", sourceFolder, "-B", buildFolder, "-G", "Ninja"],
  });
  await build("the pipeline and the demo cameras", [...programs, ...testPlugins]);
}

export const sanitizers = ["address", "thread"];

/** What ctest runs: one sanitizer's tests, or all but the opt-in ones. Most of their time is waiting for video. */
export const ctestArgs = (sanitizer) => [
  ...["--test-dir", buildFolder, "--output-on-failure", "--no-tests=error", "--parallel", "4"],
  ...(sanitizer ? ["-L", sanitizer] : ["-LE", "opt-in"]),
];

/** Builds the programs, and the tests only for those who run them: they take as long again. */
export async function ensureNative({ tests = false, sanitizer } = {}) {
  if (!hasNative()) return;
  const outputs = programs.map((name) => `native/build/${name}`);
  const what = {
    stamp: "native/build/.sightline-programs",
    sources: [
      ...["native/CMakeLists.txt", "native/include", "native/src", "native/demo-cameras"],
      "native/test/plugin",
    ],
    outputs,
  };
  await whenChanged(what, buildPrograms);
  if (!tests) return;
  const whole = { stamp: "native/build/.sightline-tests", sources: ["native"], outputs };
  await whenChanged(whole, () => build("the tests", []));
  // `npm test` runs some tests with the host of one, and builds that.
  if (!sanitizer) return;
  const targets = ["sightline-pipeline", "sightline-unit-test"];
  await build(
    `the host for the ${sanitizer} sanitizer`,
    targets.map((name) => `${name}-${sanitizer}`),
  );
}
