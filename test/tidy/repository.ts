/** The files of this repository as the rules see them; samples in tests are plain objects of the same form. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Text by path below the root, with `/`; binary files are left out. */
export type Files = ReadonlyMap<string, string>;

/** One breach of a rule: where, and what to do instead. */
export type Finding = string;

export const root = path.resolve(import.meta.dirname, "../..");

const isText = (text: string): boolean => !text.includes("\0");

/** Tracked files, and new ones that git does not ignore: those of the next commit. */
export function listPaths(...options: readonly string[]): string[] {
  const args = ["ls-files", "-z", ...(options.length > 0 ? options : ["--cached"])];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  return listed.split("\0").filter((file) => file !== "" && existsSync(path.join(root, file)));
}

export function readFiles(): Files {
  const paths = listPaths("--cached", "--others", "--exclude-standard");
  const texts = paths.map((file) => [file, readFileSync(path.join(root, file), "utf8")] as const);
  return new Map(texts.filter(([, text]) => isText(text)));
}

export const filesOf = (texts: Readonly<Record<string, string>>): Files =>
  new Map(Object.entries(texts));

export const select = (files: Files, pattern: RegExp): [string, string][] =>
  [...files].filter(([file]) => pattern.test(file));

/** Files that exist for tests only; nothing else may import them. */
export const isTest = (file: string): boolean =>
  /\.test\.(?:ts|mjs)$/.test(file) || /(?:^|\/)test\//.test(file);

/** A copy without comments, so that prose is not taken for code. Line numbers stay. */
export const withoutComments = (code: string): string =>
  code
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(^|\s)\/\/.*$/gm, "$1");
