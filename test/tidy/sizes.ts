/** What is longer than a screen or two is read by nobody. */
import { select, type Files, type Finding } from "./repository.ts";

const linesMax = 400;
/** Promises about single files. */
const ownLinesMax: Readonly<Record<string, number>> = {
  "README.md": 120,
  "CONTRIBUTING.md": 100,
  "sst.config.ts": 50,
};

const linesOf = (text: string): number => text.replace(/\n$/, "").split("\n").length;

export function checkSizes(files: Files): Finding[] {
  const code = select(files, /\.(?:ts|mjs|cpp|h|css|sh|txt|cmake)$/).map(
    ([file]) => [file, linesMax] as const,
  );
  return [...code, ...Object.entries(ownLinesMax)].flatMap(([file, max]) => {
    const lines = linesOf(files.get(file) ?? "");
    return lines > max ? [`${file} has ${lines} lines of at most ${max}; split it by noun`] : [];
  });
}
