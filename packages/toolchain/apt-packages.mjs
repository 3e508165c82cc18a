/** Installs the missing ones of `apt-packages.txt`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { capture, root, runStep, say, StepError } from "./step.mjs";

const listPath = join(root, "packages/toolchain/apt-packages.txt");

const readList = () =>
  readFileSync(listPath, "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");

async function findMissing(names) {
  const format = "${Package} ${db:Status-Status}\\n";
  const { output } = await capture("dpkg-query", ["-W", "-f", format, ...names]);
  const installed = new Set(
    output.split("\n").flatMap((line) => (line.endsWith(" installed") ? [line.split(" ")[0]] : [])),
  );
  return names.filter((name) => !installed.has(name));
}

const aptGet = (asRoot, args) => ({
  command: asRoot[0] ?? "env",
  args: [
    ...asRoot.slice(1),
    ...(asRoot.length > 0 ? ["env"] : []),
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    ...args,
  ],
});

/** The words before a command that make it run as root; undefined when there is no way. */
async function findRoot() {
  if (process.getuid() === 0) return [];
  if ((await capture("sudo", ["-n", "true"])).code === 0) return ["sudo", "-n"];
  if (!process.stdin.isTTY || (await capture("sudo", ["-V"])).code !== 0) return undefined;
  say("sudo asks for your password once");
  const { spawnSync } = await import("node:child_process");
  return spawnSync("sudo", ["-v"], { stdio: "inherit" }).status === 0 ? ["sudo", "-n"] : undefined;
}

const hasCandidates = async (names) =>
  (await capture("apt-cache", ["show", "--no-all-versions", ...names])).code === 0;

async function install(names, asRoot) {
  const update = () =>
    runStep({ title: "apt packages: reading the lists", ...aptGet(asRoot, ["update"]) });
  const attempt = () =>
    runStep({
      title: `apt packages: installing with apt-get${asRoot.length > 0 ? " (sudo)" : ""}`,
      ...aptGet(asRoot, ["install", "-y", "--no-install-recommends", ...names]),
    });
  if (!(await hasCandidates(names))) {
    await update();
    await attempt();
    return;
  }
  try {
    await attempt();
  } catch (error) {
    say(`${error.message}\n\nonce more, with fresh lists`);
    await update();
    await attempt();
  }
}

/** @throws StepError when packages are missing and cannot be installed here */
export async function ensureAptPackages() {
  const names = readList();
  if (!existsSync("/usr/bin/dpkg-query")) {
    if (process.env["SIGHTLINE_SKIP_APT"]) return;
    throw new StepError(
      `This is not a Debian-like system. Install what these packages hold, then set SIGHTLINE_SKIP_APT=1:\n  ${names.join(" ")}`,
    );
  }
  const missing = await findMissing(names);
  if (missing.length === 0 || process.env["SIGHTLINE_SKIP_APT"]) return;
  say(`apt packages missing: ${missing.join(" ")}`);
  const asRoot = await findRoot();
  if (asRoot === undefined) {
    throw new StepError(
      `apt packages are missing and this user may not install them. Run:\n  sudo apt-get install -y --no-install-recommends ${missing.join(" ")}`,
    );
  }
  await install(missing, asRoot);
}
