/** The rules of this repository that no linter knows. Each finding says what to do instead. */
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkArrows, checkListed } from "./tidy/arrows.ts";
import { checkDeadFiles } from "./tidy/dead-files.ts";
import { checkCoverage, checkLinks, checkTitles } from "./tidy/documents.ts";
import { sourceFolder } from "./tidy/imports.ts";
import {
  checkLock,
  checkOneVersion,
  checkOptional,
  checkPinned,
  checkTracked,
} from "./tidy/manifests.ts";
import { checkFolders, checkNames } from "./tidy/names.ts";
import { listPaths, readFiles, root, select } from "./tidy/repository.ts";
import { checkSizes } from "./tidy/sizes.ts";
import { checkOutside, checkTexts } from "./tidy/texts.ts";

const files = readFiles();

test.each([
  ["imports follow the arrows", checkArrows],
  ["imported packages are listed where they are imported", checkListed],
  ["files and exports have names that say a noun", checkNames],
  ["folders have names that say a noun", checkFolders],
  ["files stay short", checkSizes],
  ["documents have one title", checkTitles],
  ["links lead to files", checkLinks],
  ["every file is used", checkDeadFiles],
  ["texts hold nothing private and hide nothing", checkTexts],
  ["paths stay inside the repository", checkOutside],
  ["versions are pinned", checkPinned],
  ["a package has one version", checkOneVersion],
  ["only platforms that can be installed are listed", checkOptional],
  ["the lock can be installed anywhere", checkLock],
])("%s", (_, check) => {
  expect(check(files).join("\n")).toBe("");
});

test("nothing generated is tracked", () => {
  expect(checkTracked(listPaths("--cached")).join("\n")).toBe("");
});

test("packages export their source, one noun per path", () => {
  const exported = select(
    files,
    /^(?:packages\/[^/]+|functions|edge-agent)\/package\.json$/,
  ).flatMap(([file, text]) => {
    const manifest = JSON.parse(text) as { name: string; exports?: Record<string, string> };
    const target = manifest.exports?.["./*"];
    if (!target) return [];
    const folder = path.posix.join(path.posix.dirname(file), path.posix.dirname(target));
    return [[manifest.name, folder] as const];
  });
  for (const [name, folder] of exported) {
    expect(folder, name).toBe(sourceFolder(name.replace("@sightline/", "")));
  }
});

interface RouteRow {
  readonly method: string;
  readonly path: string;
}

const isRoutes = (value: unknown): value is RouteRow[] =>
  Array.isArray(value) && value.every((row) => typeof row === "object" && "method" in row);

describe("coverage tables", () => {
  const dialects = ["api", "deepstream", "ovenmediaengine", "findface", "onvif", "watcher"];
  const present = dialects.filter((name) =>
    existsSync(path.join(root, "functions", name, "routes.ts")),
  );
  test("list every route and no other", async () => {
    for (const name of present) {
      const file = `functions/${name}/README.md`;
      const module = (await import(path.join(root, "functions", name, "routes.ts"))) as object;
      const routes = Object.values(module).filter(isRoutes).flat();
      expect(checkCoverage({ file, text: files.get(file) ?? "" }, routes).join("\n")).toBe("");
    }
  });
});
