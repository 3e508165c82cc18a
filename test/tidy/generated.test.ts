/** What `npm run gen` writes is committed as it is written, and is what it says it is. */
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/specs";
import { asyncapiDocument } from "@sightline/contracts/asyncapi";
import { Validator } from "@seriousme/openapi-schema-validator";
import { documentedRoutes, openapiDocument, templateOf } from "@sightline/functions/http/openapi";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { root } from "./repository.ts";

const generator = "../../packages/toolchain/gen.mjs";

test("generated documents are what the tables say", async () => {
  const { generate } = (await import(generator)) as {
    generate: () => Promise<Record<string, string>>;
  };
  for (const [file, text] of Object.entries(await generate())) {
    const committed = readFileSync(`${root}/${file}`, "utf8");
    expect(committed === text, `${file} is out of date: npm run gen, and commit it`).toBe(true);
  }
});

test("the OpenAPI document is valid, and has every route and no other", async () => {
  const document = openapiDocument();
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect([valid, errors]).toEqual([true, undefined]);
  const described = Object.entries(document["paths"] as Record<string, object>).flatMap(
    ([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = documentedRoutes.map(({ method, path }) => `${method} ${templateOf(path)}`);
  expect(described.toSorted()).toEqual(served.toSorted());
  const ids = JSON.stringify(document).match(/"operationId":"[^"]+"/g) ?? [];
  expect(new Set(ids).size).toBe(served.length);
});

test("the AsyncAPI document is valid, and every reference in it leads somewhere", () => {
  const document = asyncapiDocument();
  // The official schema brings its own copy of draft 7.
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  });
  const validate = ajv.compile(asyncapi.schemas["3.0.0"] as object);
  expect([validate(document), validate.errors]).toEqual([true, null]);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(0);
  for (const [, path = ""] of references) {
    const target = path
      .split("/")
      .reduce<unknown>(
        (value, key) => (value as Record<string, unknown> | undefined)?.[key],
        document,
      );
    expect([path, target]).not.toContain(undefined);
  }
});
