/** Markdown that can be trusted: one title, and links that lead somewhere. */
import path from "node:path";
import { select, type Files, type Finding } from "./repository.ts";

/** Code blocks hold `# comments` and paths of other machines. */
const withoutCode = (text: string): string =>
  text.replaceAll(/^(```+|~~~+)[\s\S]*?^\1/gm, "").replaceAll(/`[^`\n]*`/g, "");

export function checkTitles(files: Files): Finding[] {
  return select(files, /\.md$/).flatMap(([file, text]) => {
    const titles = withoutCode(text).match(/^# .+/gm) ?? [];
    if (titles.length === 1 && text.startsWith("# ")) return [];
    return [`${file} has ${titles.length} titles; begin with the only "# " line, use ## below it`];
  });
}

const exists = (files: Files, target: string): boolean =>
  files.has(target) || [...files.keys()].some((file) => file.startsWith(`${target}/`));

export function checkLinks(files: Files): Finding[] {
  return select(files, /\.md$/).flatMap(([file, text]) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].flatMap(([, link = ""]) => {
      if (/^[a-z]+:/.test(link)) return [];
      const target = path.posix.join(path.posix.dirname(file), link).replace(/\/$/, "");
      if (target === "." || exists(files, target)) return [];
      return [`${file} links to ${link}, which is not in the repository; mend or remove the link`];
    }),
  );
}

/** `method path` of every row of a dialect's coverage table that is not `none`, or undefined when there is no table. */
export function coverageOf(readme: string): string[] | undefined {
  const rows = readme.split("\n").filter((line) => line.startsWith("|"));
  const cells = rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "").replaceAll("\\|", "|")),
  );
  const start = cells.findIndex(
    ([method, where, status]) => method === "method" && where === "path" && status === "status",
  );
  if (start === -1) return undefined;
  return cells
    .slice(start + 2)
    .filter(([, , status]) => status !== "none")
    .map(([method, where]) => `${method} ${where}`);
}

/** Compares a dialect's README with its routes, in both directions. */
export function checkCoverage(
  readme: { readonly file: string; readonly text: string },
  routes: readonly { readonly method: string; readonly path: string }[],
): Finding[] {
  const listed = coverageOf(readme.text);
  if (!listed)
    return [`${readme.file}: add a table | method | path | status | core operation | note |`];
  const served = routes.map((route) => `${route.method} ${route.path}`);
  return [
    ...served
      .filter((route) => !listed.includes(route))
      .map((route) => `${readme.file}: add a row for ${route}, which is served`),
    ...listed
      .filter((route) => !served.includes(route))
      .map((route) => `${readme.file}: ${route} is not served; say none, or serve it`),
  ];
}
