/** Every rule finds what it is for: each row plants one violation beside what is allowed. */
import { describe, expect, test } from "vitest";
import { checkArrows, checkListed } from "./arrows.ts";
import { checkDeadFiles } from "./dead-files.ts";
import { checkCoverage, checkLinks, checkTitles } from "./documents.ts";
import { importsOf } from "./imports.ts";
import {
  checkLock,
  checkOneVersion,
  checkOptional,
  checkPinned,
  checkTracked,
} from "./manifests.ts";
import { checkFolders, checkNames } from "./names.ts";
import { filesOf, type Files, type Finding } from "./repository.ts";
import { checkSizes } from "./sizes.ts";
import { checkOutside, checkTexts } from "./texts.ts";

type Check = (files: Files) => readonly Finding[];

/** Sources that may be imported in the samples below. */
const present = {
  "packages/contracts/src/ids.ts": "",
  "packages/core/src/device/device.ts": "",
  "packages/store/src/store.ts": "",
  "packages/core/test/fixtures.ts": "",
  "functions/shared/call.ts": "",
  "functions/shared/lambda-ports.ts": "",
  "functions/onvif/mapping.ts": "",
};

const importing = (file: string, specifier: string): Files =>
  filesOf({ ...present, [file]: `import { x } from "${specifier}";\n` });

describe("arrows", () => {
  test.each([
    ["packages/core/src/a.ts", "@sightline/store/store", "core may import itself, contracts only"],
    ["packages/contracts/src/a.ts", "@sightline/core/device/device", "contracts may import itself"],
    ["edge-agent/src/a.ts", "@sightline/core/device/device", "edge-agent may import"],
    ["functions/api/a.ts", "@sightline/store/store", "functions may import"],
    ["functions/api/a.ts", "../onvif/mapping.ts", "imports its sibling"],
    ["functions/api/a.ts", "../shared/lambda-ports.ts", "only a lambda.ts puts parts together"],
    ["packages/core/src/a.ts", "../test/fixtures.ts", "only tests import tests"],
    ["packages/core/src/a.ts", "./b.ts", "does not exist"],
    ["packages/newcomer/src/a.ts", "@sightline/contracts/ids", "add newcomer to the table"],
  ])("%s must not import %s", (from, specifier, message) => {
    expect(checkArrows(importing(from, specifier))).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ["packages/core/src/a.ts", "@sightline/contracts/ids"],
    ["functions/api/lambda.ts", "@sightline/store/store"],
    ["functions/api/lambda.ts", "../shared/lambda-ports.ts"],
    ["functions/shared/lambda-x.ts", "@sightline/store/store"],
    ["functions/http/app.ts", "../onvif/mapping.ts"],
    ["functions/api/a.ts", "../shared/call.ts"],
    ["packages/all-in-one/src/a.ts", "@sightline/functions/onvif/mapping"],
    ["packages/store/src/a.test.ts", "@sightline/core/device/device"],
    ["edge-agent/test/a.test.ts", "@sightline/store/store"],
  ])("%s may import %s", (from, specifier) => {
    expect(checkArrows(importing(from, specifier))).toEqual([]);
  });

  test.each([
    'import a from "x";',
    'import {\n  a,\n  type B,\n} from "x";',
    'export { a } from "x";',
    'export type * from "x";',
    'import "x";',
    'const a = await import("x");',
    'type A = import("x").A;',
  ])("%j is an import", (text) => {
    expect(importsOf(text)).toEqual(["x"]);
  });

  test.each(['// import a from "x";', '/* import "x"; */', 'const a = { from: "x" };'])(
    "%j is none",
    (text) => {
      expect(importsOf(text)).toEqual([]);
    },
  );
});

/** One rule, a sample that breaks it and words of the finding, and a sample that does not. */
type Texts = Readonly<Record<string, string>>;
const cases: readonly (readonly [Check, Texts, string, Texts])[] = [
  [
    checkListed,
    { "packages/core/package.json": "{}", "packages/core/src/a.ts": 'import "ulid";' },
    "list it in packages/core/package.json",
    {
      "packages/core/package.json": '{"dependencies":{"ulid":"1.0.0"}}',
      "packages/core/src/a.ts": 'import "ulid/x"; import "node:fs";',
    },
  ],
  [
    checkNames,
    { "packages/core/src/stream-utils.ts": "" },
    'stream-utils says "utils"',
    { "packages/core/src/stream.ts": "" },
  ],
  [
    checkNames,
    { "packages/core/src/a.ts": "export class DeviceManager {}" },
    'DeviceManager says "manager"',
    { "packages/core/src/a.ts": "export const dataFolder = 1; export type Base64 = string;" },
  ],
  [
    checkNames,
    { "native/src/base-stream.cpp": "" },
    'base-stream says "base"',
    { "native/src/stream.cpp": "" },
  ],
  [
    checkFolders,
    { "packages/core/src/helpers/a.ts": "" },
    "folder's name is empty",
    { "packages/core/src/stream/a.ts": "" },
  ],
  [
    checkFolders,
    { "packages/core/shared/a.ts": "" },
    "there is one shared folder",
    { "functions/shared/a.ts": "" },
  ],
  [
    checkSizes,
    { "native/src/a.cpp": "x\n".repeat(401) },
    "401 lines of at most 400",
    { "native/src/a.cpp": "x\n".repeat(400) },
  ],
  [
    checkSizes,
    { "CONTRIBUTING.md": "x\n".repeat(101) },
    "101 lines of at most 100",
    { "CONTRIBUTING.md": "x\n".repeat(100) },
  ],
  [checkTitles, { "a.md": "# A\n\n# B\n" }, "2 titles", { "a.md": "# A\n\n```\n# x\n```\n" }],
  [checkTitles, { "a.md": "text\n" }, "0 titles", { "a.md": "# A\n\n## B\n" }],
  [
    checkLinks,
    { "docs/a.md": "# A\n[b](b.md)" },
    "links to b.md",
    { "docs/a.md": "# A\n[a](a.md) [b](https://b) [c](../docs/) `[d](d.md)`" },
  ],
  [
    checkDeadFiles,
    { "packages/core/src/a.ts": "", "packages/core/src/a.test.ts": 'import "./a.ts";' },
    "packages/core/src/a.ts is used by nothing",
    {
      "packages/core/src/a.ts": "",
      "packages/core/src/main.ts": 'import "./a.ts";',
      "packages/toolchain/run.mjs": "",
      "package.json": '{"scripts":{"run":"node packages/toolchain/run.mjs"}}',
    },
  ],
  [
    checkTexts,
    { "a.md": ["see ", "home/me/x"].join("/") },
    "path of one developer's machine",
    { "a.md": "see https://x.org/home/me and ./work/x and src/root/x" },
  ],
  [
    checkTexts,
    { "a.test.ts": 'test.skip("x", () => {});' },
    "hides tests",
    { "a.test.ts": 'test.skipIf(!x)("y", () => {});' },
  ],
  [
    checkTexts,
    { "a.test.ts": 'describe.only("x", () => {});' },
    "hides tests",
    { "a.test.ts": "only(x);" },
  ],
  [checkTexts, { "a.test.ts": 'vi.mock("x");' }, "whole implementation", { "a.test.ts": "" }],
  [checkTexts, { "a.sh": ["p", "kill node"].join("") }, "by its pid", { "a.sh": "kill 12" }],
  [
    checkTexts,
    { "a.ts": "// TODO later" },
    "needs the number of an issue",
    { "a.ts": "// TODO(#12): later" },
  ],
  [
    checkTexts,
    { "a.ts": 'import { z } from "zod";' },
    "import * as z",
    { "a.ts": 'import * as z from "zod";' },
  ],
  [
    checkTexts,
    { "packages/core/src/a.ts": "const now = new Date();" },
    "use the Clock port",
    { "packages/core/src/a.ts": "// new Date()\nnew Date(atMs);" },
  ],
  [
    checkOutside,
    { "docs/a.md": "see ../../elsewhere/a.md" },
    "../../elsewhere leads out",
    { "docs/a.md": "see ../packages/a.md", "a/b/c.ts": 'import "../../d.ts";' },
  ],
  [
    checkPinned,
    { "packages/core/package.json": '{"dependencies":{"zod":"^4.0.0"}}' },
    "pin zod exactly",
    { "packages/core/package.json": '{"dependencies":{"zod":"4.0.0"}}' },
  ],
  [
    checkOneVersion,
    {
      "packages/core/package.json": '{"dependencies":{"zod":"4.0.0"}}',
      "packages/store/package.json": '{"dependencies":{"zod":"4.0.1"}}',
    },
    "take zod 4.0.0",
    { "packages/core/package.json": '{"dependencies":{"zod":"4.0.0"}}' },
  ],
  [
    checkOptional,
    { "package.json": '{"optionalDependencies":{"@dynoxide/darwin-arm64":"1.0.0"}}' },
    "remove optional @dynoxide/darwin-arm64",
    { "package.json": '{"optionalDependencies":{"@dynoxide/linux-x64":"1.0.0"}}' },
  ],
  [
    checkLock,
    {
      "package-lock.json":
        '{"packages":{"node_modules/a":{"optionalDependencies":{"a-win32":"1.0.0"}}}}',
    },
    "npm run lock",
    {
      "package-lock.json":
        '{"packages":{"node_modules/a":{"optionalDependencies":{"b":"1"}},"node_modules/b":{}}}',
    },
  ],
];

describe.each(cases)("%o", (...row) => {
  const [check, broken, words, allowed] = row;
  test(`finds: ${words}`, () => {
    expect(check(filesOf(broken))).toEqual([expect.stringContaining(words)]);
  });
  test(`leaves alone what differs from: ${words}`, () => {
    expect(check(filesOf(allowed))).toEqual([]);
  });
});

test("generated files must not be tracked", () => {
  const tracked = ["packages/core/src/build.ts", "native/build/x", "dist/a.mjs", "a.log"];
  expect(checkTracked(tracked)).toHaveLength(3);
});

describe("coverage", () => {
  const file = "functions/onvif/README.md";
  const head = "| method | path | status | core operation | note |\n|---|---|---|---|---|\n";
  const text = `${head}| GET | \`/a\` | full | listA | |\n| PUT | /a | none | | |\n`;
  test("agrees with the routes", () => {
    expect(checkCoverage({ file, text }, [{ method: "GET", path: "/a" }])).toEqual([]);
  });
  test("finds a route without a row, a row without a route, and a missing table", () => {
    expect(checkCoverage({ file, text }, [{ method: "GET", path: "/b" }])).toEqual([
      expect.stringContaining("add a row for GET /b"),
      expect.stringContaining("GET /a is not served"),
    ]);
    expect(checkCoverage({ file, text: "" }, [])).toEqual([expect.stringContaining("add a table")]);
  });
});
