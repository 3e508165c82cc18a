/** Makes this machine able to build and run Sightline. Every step costs nothing when there is nothing to do. */
import { ensureAptPackages } from "./apt-packages.mjs";
import { ensureNative } from "./native-build.mjs";
import { ensureNpmPackages } from "./npm-packages.mjs";
import { StepError } from "./step.mjs";

/** Oldest Node that works, as package.json's `engines` says. */
const nodeMin = [20, 19];

export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return;
  throw new StepError(
    `Node ${nodeMin.join(".")} or newer is needed; this is ${version}. https://nodejs.org/en/download`,
  );
}

/** Node and the npm packages: enough for the unit tests and the checks. */
export async function setUpPackages() {
  checkNode();
  await ensureNpmPackages();
}

/** All that running the system needs, except for the bundles; `tests` builds the native tests, too. */
export async function setUp({ tests = false } = {}) {
  await setUpPackages();
  await ensureAptPackages();
  await ensureNative({ tests });
}
