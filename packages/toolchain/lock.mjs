/**
 * `npm run lock`: adds to package-lock.json the optional packages of other platforms that `npm install` left out.
 * npm leaves out what the registry at hand does not have, and `npm ci` then refuses the lock on every machine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, runScript, say } from "./step.mjs";

const lockPath = join(root, "package-lock.json");
const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const processors = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "x64"];
const libraries = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

/** Platform packages say in their name where they run; npm skips an entry whose `os` or `cpu` is another one. */
function entryOf(name, { version, dev }) {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = os === "linux" ? libraries[words.at(-1)] : undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(libc && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

/** @returns {Record<string, object>} entries to add, by their place in the lock */
export function findMissing({ packages }) {
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {}, dev }) =>
      Object.entries(optionalDependencies).map(([name, version]) => ({ name, version, dev })),
    )
    .filter(({ name }) => !(`node_modules/${name}` in packages))
    .map(({ name, ...parent }) => [`node_modules/${name}`, entryOf(name, parent)]);
  return Object.fromEntries(missing.filter(([, entry]) => entry !== undefined));
}

function main() {
  const lock = JSON.parse(readFileSync(lockPath, "utf8"));
  const missing = findMissing(lock);
  const packages = { ...lock.packages, ...missing };
  const paths = Object.keys(packages).toSorted((a, b) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(paths.map((path) => [path, packages[path]]));
  writeFileSync(lockPath, `${JSON.stringify(lock, undefined, 2)}\n`);
  say(
    `${Object.keys(missing).length} optional packages of other platforms added to package-lock.json`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runScript(main);
