/** Builds native/ with CMake and Ninja when its sources changed since the last build that succeeded. */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { whenChanged } from "./stamp.mjs";
import { root, runStep, StepError } from "./step.mjs";

const sourceFolder = join(root, "native");
export const buildFolder = join(sourceFolder, "build");
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

async function build() {
  refuseForeignBuild();
  await runStep({
    title: "native: configuring with cmake",
    command: "cmake",
    args: ["-S", sourceFolder, "-B", buildFolder, "-G", "Ninja"],
  });
  await runStep({
    title: "native: building with ninja; the first time takes a few minutes",
    command: "cmake",
    args: ["--build", buildFolder, "--parallel", String(availableParallelism())],
  });
}

export async function ensureNative() {
  if (!hasNative()) return;
  const outputs = ["native/build/sightline-pipeline"];
  const stamp = "native/build/.sightline-stamp";
  await whenChanged({ stamp, sources: ["native"], outputs }, build);
}
