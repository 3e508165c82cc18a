/** The program against the types of SST's own platform, which the repository's other types know nothing of. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { root, setUpProgram } from "./stack.ts";

beforeAll(setUpProgram, 600_000);

test("the program fits the types of SST's platform", async () => {
  const tsc = path.join(root, "node_modules/.bin/tsc");
  const { stdout } = await promisify(execFile)(tsc, ["-p", "infra"], { cwd: root }).catch(
    (error: { readonly stdout: string }) => error,
  );
  expect(stdout).toBe("");
});
