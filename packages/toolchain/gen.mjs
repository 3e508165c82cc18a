/** `npm run gen`: writes the documents that are generated from tables; a tidy test compares them with what is committed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
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

/** Path from the root → text of everything that is generated and committed. */
export async function generate() {
  const { errorTable } = await load("packages/contracts/src/errors.ts");
  const { renderErrors } = await import("./error-document.mjs");
  const { openapiDocument } = await load("functions/http/openapi.ts");
  const { asyncapiDocument } = await load("packages/contracts/src/asyncapi.ts");
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    "packages/contracts/ERRORS.md": renderErrors(errorTable),
    "packages/contracts/generated/asyncapi.json": json(asyncapiDocument()),
    "functions/api/generated/openapi.json": json(openapiDocument()),
  };
}

async function main() {
  await setUpPackages();
  for (const [path, text] of Object.entries(await generate())) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    say(path);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await runScript(main);
