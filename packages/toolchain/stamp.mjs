/** Tells whether something has to be made again: a stamp file holds the hash of all sources it was made from. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./step.mjs";

const generated = new Set(["node_modules", "dist", "build"]);

function updateWith(hash, path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) hash.update(`${path.slice(root.length)}\0`).update(readFileSync(path));
  if (!stat?.isDirectory()) return;
  for (const name of readdirSync(path).toSorted()) {
    if (!generated.has(name)) updateWith(hash, join(path, name));
  }
}

const hashOf = (sources) => {
  const hash = createHash("sha256");
  for (const source of sources) updateWith(hash, join(root, source));
  return hash.digest("hex");
};

/**
 * Runs `make` unless the outputs exist and were made from the same sources. Paths are below the root.
 * The hash is taken before, so a source that changes meanwhile is noticed the next time.
 * @param {{stamp: string, sources: string[], outputs: string[]}} what
 */
export async function whenChanged({ stamp, sources, outputs }, make) {
  const path = join(root, stamp);
  const hash = hashOf(sources);
  const isMade = [stamp, ...outputs].every((output) => existsSync(join(root, output)));
  if (isMade && readFileSync(path, "utf8").trim() === hash) return;
  rmSync(path, { force: true });
  await make();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${hash}\n`);
}
