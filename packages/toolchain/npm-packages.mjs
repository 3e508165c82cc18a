/** Installs the npm packages when they differ from the lock. Works without any package, and runs no install script. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runStep } from "./step.mjs";

const lockPath = join(root, "package-lock.json");
const stampPath = join(root, "node_modules/.sightline-stamp");
const installedPath = join(root, "node_modules/.package-lock.json");

const readOr = (path, fallback) => (existsSync(path) ? readFileSync(path, "utf8") : fallback);

/** True when npm's own record of what it installed holds every package of the lock, at its version. */
function isInstalled(lockText) {
  const { packages: installed = {} } = JSON.parse(readOr(installedPath, "{}"));
  const { packages: wanted } = JSON.parse(lockText);
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    if (found === undefined) return optional === true;
    return link === true || found.version === version;
  });
}

export async function ensureNpmPackages() {
  const lock = readFileSync(lockPath, "utf8");
  const stamp = createHash("sha256").update(lock).update(process.arch).digest("hex");
  if (readOr(stampPath, "").trim() === stamp) return;
  if (!isInstalled(lock)) {
    await runStep({
      title: "npm packages: installing those of package-lock.json with npm ci --ignore-scripts",
      command: "npm",
      args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    });
  }
  writeFileSync(stampPath, `${stamp}\n`);
}
