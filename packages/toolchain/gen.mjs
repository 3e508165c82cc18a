/** `npm run gen`: writes the documents that are generated from the tables of packages/contracts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setUpPackages } from "./setup.mjs";
import { root, runScript, say } from "./step.mjs";

/** A TypeScript module of our own, loaded without a build: Node 20 runs none. */
async function load(path) {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  return import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
}

async function main() {
  await setUpPackages();
  const { errorTable } = await load("packages/contracts/src/errors.ts");
  const { renderErrors } = await import("./error-document.mjs");
  writeFileSync(join(root, "packages/contracts/ERRORS.md"), renderErrors(errorTable));
  say("packages/contracts/ERRORS.md");
}

await runScript(main);
