/** A file that nothing reaches is deleted, not kept for later. */
import path from "node:path";
import { edgesOf } from "./imports.ts";
import { isTest, select, type Files, type Finding } from "./repository.ts";

/** Files that something outside of the sources starts. */
const entries = [
  /\.test\.(?:ts|mjs)$/,
  /\.config\.ts$/,
  /^functions\/[^/]+\/lambda\.ts$/,
  /^packages\/[^/]+\/src\/main\.ts$/,
  /^packages\/sdk\/src\/[^/]+\.ts$/,
  /^edge-agent\/src\/main\.ts$/,
];

/** A test beside a file is no reason for the file. */
const isOwnTest = (from: string, to: string): boolean => from === to.replace(/\.ts$/, ".test.ts");

/** `new URL("./worker.ts", import.meta.url)` and the like. */
const relativePath = /["'`](\.{1,2}\/[^"'`\s]+\.(?:ts|mjs))["'`]/g;

const mentionsOf = (from: string, text: string): string[] =>
  [...text.matchAll(relativePath)].map(([, to = ""]) =>
    path.posix.join(path.posix.dirname(from), to),
  );

/** Scripts and manifests name files from the root; tests start the programs beside them by name. */
const startersOf = (file: string): RegExp =>
  isTest(file) ? /\.(?:ts|mjs)$/ : /\.(?:mjs|json|yaml|html)$|^\.ci\/|\/hooks\//;

export function checkDeadFiles(files: Files): Finding[] {
  const mentions = select(files, /\.(?:ts|mjs)$/).flatMap(([from, text]) =>
    mentionsOf(from, text).map((to) => ({ from, to })),
  );
  const reached = new Set(
    [...edgesOf(files), ...mentions]
      .filter(({ from, to }) => !isOwnTest(from, to))
      .map(({ to }) => to),
  );
  const isStarted = (file: string): boolean => {
    const name = isTest(file) ? path.posix.basename(file) : file;
    return select(files, startersOf(file)).some(
      ([other, text]) => other !== file && text.includes(name),
    );
  };
  return select(files, /\.(?:ts|mjs)$/)
    .map(([file]) => file)
    .filter((file) => !entries.some((entry) => entry.test(file)))
    .filter((file) => !reached.has(file) && !isStarted(file))
    .map((file) => `${file} is used by nothing but its own test; delete it or use it`);
}
