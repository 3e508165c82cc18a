/** Builds native/ with CMake and Ninja when its sources changed since the last build that succeeded. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, runStep, StepError } from "./step.mjs";

const sourceFolder = join(root, "native");
export const buildFolder = join(sourceFolder, "build");
export const pipelineBin = join(buildFolder, "sightline-pipeline");
const stampPath = join(buildFolder, ".sightline-stamp");

export const hasNative = () => existsSync(join(sourceFolder, "CMakeLists.txt"));

function hashSources() {
  const hash = createHash("sha256");
  const visit = (folder) => {
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (path === buildFolder) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile())
        hash.update(`${path.slice(root.length)}\0`).update(readFileSync(path));
    }
  };
  visit(sourceFolder);
  return hash.digest("hex");
}

const isCurrent = (stamp) =>
  existsSync(pipelineBin) &&
  existsSync(stampPath) &&
  readFileSync(stampPath, "utf8").trim() === stamp;

function refuseForeignGenerator() {
  const cachePath = join(buildFolder, "CMakeCache.txt");
  if (!existsSync(cachePath)) return;
  const cache = readFileSync(cachePath, "utf8");
  if (!cache.includes("CMAKE_GENERATOR:INTERNAL=Ninja")) {
    throw new StepError(
      "native/build was configured without Ninja; remove the folder and try again",
    );
  }
  if (!cache.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${sourceFolder}\n`)) {
    throw new StepError("native/build was configured for another folder; remove it and try again");
  }
}

export async function ensureNative() {
  if (!hasNative()) return;
  const stamp = hashSources();
  if (isCurrent(stamp)) return;
  refuseForeignGenerator();
  const args = ["-S", sourceFolder, "-B", buildFolder, "-G", "Ninja"];
  await runStep({ title: "native: configuring with cmake", command: "cmake", args });
  await runStep({
    title: "native: building with ninja (a first build takes a few minutes)",
    command: "cmake",
    args: ["--build", buildFolder, "--parallel", String(availableParallelism())],
  });
  writeFileSync(stampPath, `${stamp}\n`);
}
