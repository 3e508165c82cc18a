/** Names say a noun of the domain, not a kind of container. */
import path from "node:path";
import { select, withoutComments, type Files, type Finding } from "./repository.ts";

/** Empty as the last word: `stream-utils`, `DeviceInfo`, `StoreManager`. */
const emptyNouns = new Set(
  "util utils helper helpers common misc manager service impl data info dto model".split(" "),
);
/** Empty as the first word: `BaseStream`, `abstract-store`. */
const emptyPrefixes = new Set("base abstract common misc".split(" "));

const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[-_.]/);

function emptyWordOf(name: string): string | undefined {
  const words = wordsOf(name);
  const [first = "", last = ""] = [words[0], words.at(-1)];
  if (words.length > 1 && emptyPrefixes.has(first)) return first;
  return emptyNouns.has(last) || emptyPrefixes.has(last) ? last : undefined;
}

const exported =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:const|let|function\*?|class|interface|type)\s+([\w$]+)/gm;

const advice = "say the noun, and put a helper beside its only caller";

export function checkNames(files: Files): Finding[] {
  return select(files, /\.(?:ts|mjs|cpp|h)$/).flatMap(([file, text]) => {
    const own = path.posix.basename(file).split(".")[0] ?? "";
    const names = file.endsWith(".ts")
      ? [...withoutComments(text).matchAll(exported)].flatMap(([, name]) => name ?? [])
      : [];
    const found = [own, ...names].map((name) => [name, emptyWordOf(name)] as const);
    return found
      .filter(([, word]) => word !== undefined)
      .map(([name, word]) => `${file}: ${name} says "${word}"; ${advice}`);
  });
}

export function checkFolders(files: Files): Finding[] {
  const folders = new Set([...files.keys()].map((file) => path.posix.dirname(file)));
  return [...folders].flatMap((folder) => {
    const name = path.posix.basename(folder);
    if (name === "shared" && folder !== "functions/shared")
      return [`${folder}/: there is one shared folder, functions/shared; ${advice}`];
    return emptyWordOf(name) ? [`${folder}/: the folder's name is empty; ${advice}`] : [];
  });
}
