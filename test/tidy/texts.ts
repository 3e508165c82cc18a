/** Text that has no place in a public repository, or that hides a failure. */
import path from "node:path";
import { select, withoutComments, type Files, type Finding } from "./repository.ts";

interface Rule {
  readonly in: RegExp;
  readonly pattern: RegExp;
  readonly advice: string;
  /** Comments are looked at, too. */
  readonly comments?: boolean;
}

const code = /\.(?:ts|mjs)$/;

const rules: readonly Rule[] = [
  {
    in: /^(?!package-lock\.json$)/,
    pattern: /(?<![\w.~}/$-])\/(?:home|Users|root|work|mnt|private)\/[\w.-]+/g,
    advice: "is a path of one developer's machine; write it relative to the repository",
    comments: true,
  },
  {
    in: /\.test\.(?:ts|mjs)$/,
    pattern: /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:skip|only|todo)\b(?!If)/g,
    advice: "hides tests; delete the test or mend it (opt-in suites use skipIf with a variable)",
  },
  {
    in: /\.test\.(?:ts|mjs)$/,
    pattern: /\bvi\.mock\(/g,
    advice: "replaces a module; pass a whole implementation of the port instead",
  },
  {
    in: /^(?!package-lock\.json$)/,
    pattern: new RegExp(String.raw`\b(?:${"p"}kill|${"kill"}all)\b`, "g"),
    advice: "ends processes of others with the same name; end a process by its pid",
    comments: true,
  },
  {
    in: code,
    pattern: /\b(?:TODO|FIXME|XXX)\b(?![|)]|\(#\d+\))/g,
    advice: "needs the number of an issue in brackets, as in (#123)",
    comments: true,
  },
  {
    in: /\.ts$/,
    pattern: /import\s*\{[^}]*\bz\b[^}]*\}\s*from\s*["']zod["']/g,
    advice: 'brings 360 KB into every bundle; write import * as z from "zod"',
  },
  {
    // Adapters are the parts of core that are allowed a clock.
    in: /^packages\/(?:core|contracts)\/src\/(?!adapters\/|.*\.test\.ts$)/,
    pattern: /\bnew Date\(\)|\bset(?:Timeout|Interval|Immediate)\(/g,
    advice: "makes core impure; use the Clock port",
  },
];

/** Holds one sample of everything that is forbidden. */
const samples = "test/tidy/rules.test.ts";

const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

export function checkTexts(files: Files): Finding[] {
  return rules.flatMap(({ in: where, pattern, advice, comments }) =>
    select(files, where).flatMap(([file, text]) => {
      if (file === samples) return [];
      const looked = comments || !code.test(file) ? text : withoutComments(text);
      return [...looked.matchAll(pattern)].map(
        (match) => `${file}:${lineOf(looked, match.index)}: ${match[0].trim()} ${advice}`,
      );
    }),
  );
}

/** A relative path with more `..` than the file has folders leads to something that a clone does not have. */
export function checkOutside(files: Files): Finding[] {
  return select(files, /\.(?:md|ts|mjs|json|cpp|h|txt)$/).flatMap(([file, text]) => {
    if (file === "package-lock.json") return [];
    const paths = text.match(/(?<![\w./])(?:\.\.\/)+[\w.-]*/g) ?? [];
    return paths
      .filter((relative) => path.posix.join(path.posix.dirname(file), relative).startsWith("../"))
      .map((relative) => `${file}: ${relative} leads out of the repository; remove it`);
  });
}
