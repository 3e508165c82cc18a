/** Finds and resolves the imports of a TypeScript file. */
import path from "node:path";
import { withoutComments, type Files } from "./repository.ts";

const patterns = [
  /^\s*(?:import|export)\s[^"';=()]*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']\s*[,)]/g,
];

/** What the file imports, as written. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(([, specifier]) => specifier ?? []),
  );
}

/** Where `@sightline/<name>/<noun>` leads: the `exports` of the packages, which a test keeps equal to this. */
const folders: Readonly<Record<string, string>> = {
  functions: "functions",
  "edge-agent": "edge-agent/src",
};
export const sourceFolder = (name: string): string => folders[name] ?? `packages/${name}/src`;

/** The path below the root of a file of ours, or undefined for a package from npm and for Node's own modules. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(from), specifier);
  const own = /^@sightline\/([^/]+)\/(.+)$/.exec(specifier);
  const [, name, noun] = own ?? [];
  return name && noun ? `${sourceFolder(name)}/${noun}.ts` : undefined;
}

/** The npm package that an import takes, or undefined for our own files and Node's modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Every import between files of ours. */
export function edgesOf(files: Files): { readonly from: string; readonly to: string }[] {
  return [...files]
    .filter(([file]) => /\.(?:ts|mjs)$/.test(file))
    .flatMap(([from, text]) =>
      importsOf(text).flatMap((specifier) => {
        const to = resolveImport(from, specifier);
        return to ? [{ from, to }] : [];
      }),
    );
}
