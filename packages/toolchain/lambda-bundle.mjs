/**
 * How a function's bundle is made small, for every byte of it is read and parsed at each cold start; `docs/decisions/0008-*.md` has
 * the numbers. CommonJS because it starts faster than modules on Lambda; `mainFields` halves the AWS SDK.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./step.mjs";

/**
 * The SDK spells keys of its schemas as constants in brackets. esbuild cannot know that such a key has no side effect, and keeps the
 * schemas of all operations; with the constants' values in their place it keeps those of the commands that are imported.
 */
const literalSchemaKeys = {
  name: "literal-schema-keys",
  setup: (plugin) => {
    plugin.onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/.*\.js$/ }, async (file) => {
      const text = await readFile(file.path, "utf8");
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [
          name,
          value,
        ]),
      );
      const contents = text.replace(/\[(\w+)\]:/g, (key, name) =>
        constants.has(name) ? `${constants.get(name)}:` : key,
      );
      return { contents, loader: "js" };
    });
  },
};

/** Schemas of answers are for the OpenAPI document, which is made at build time: no function ever reads them. */
const withoutAnswers = {
  name: "without-answers",
  setup: (plugin) => {
    plugin.onLoad({ filter: /functions\/api\/answers\.ts$/ }, async (file) => {
      const text = await readFile(file.path, "utf8");
      const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
      const contents = names.map((name) => `export const ${name} = () => undefined;`).join("\n");
      return { contents, loader: "js" };
    });
  },
};

export const lambdaOptions = {
  format: "cjs",
  minify: true,
  mainFields: ["module", "main"],
  // One character beyond ASCII makes Node decode the whole file, and V8 keep and parse it in two bytes a character.
  charset: "ascii",
  define: { "import.meta.dirname": "__dirname" },
  legalComments: "external",
  plugins: [literalSchemaKeys, withoutAnswers],
  alias: {
    // Lambda hands credentials over in the environment: without SSO, STS and files it is 90 KB less.
    "@aws-sdk/credential-provider-node": join(root, "functions/shared/lambda-credentials.ts"),
    // They are imported on demand, and all that they share with the rest of the SDK would be wrapped and kept whole for it.
    "@smithy/core/event-streams": join(root, "functions/shared/no-event-streams.ts"),
  },
};
