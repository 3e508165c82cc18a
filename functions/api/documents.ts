/** The OpenAPI document, and a page that shows it. Files beside the bundle, read when somebody asks: no weight at start. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Call, HttpDeps, Route } from "../shared/call.ts";

type Document = "openapi.json" | "swagger-ui.css" | "swagger-ui-bundle.js";

const read = ({ documents }: HttpDeps, name: Document): Promise<Buffer> =>
  readFile(join(documents, name));

async function openapi({ deps, c }: Call): Promise<Response> {
  return c.body((await read(deps, "openapi.json")).toString("utf8"), 200, {
    "content-type": "application/json",
    "cache-control": "public, max-age=300",
  });
}

export const documentRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/openapi.json",
    access: "public",
    about: {
      summary: "This document.",
      answers: { 200: z.looseObject({ openapi: z.string() }).meta({ id: "OpenApi" }) },
      errors: [],
    },
    handle: openapi,
  },
];

/** Nothing from elsewhere, no script in the page. Swagger UI draws its icons as data. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sightline API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: "/v1/openapi.json", dom_id: "#page", validatorUrl: null });
`;

const asset = (
  path: string,
  contentType: string,
  text: (deps: HttpDeps) => string | Promise<string>,
): Route => ({
  method: "GET",
  path,
  access: "public",
  about: { summary: "The page of the documentation.", answers: {}, errors: [] },
  handle: async ({ deps, c }) =>
    c.body(await text(deps), 200, {
      "content-type": `${contentType}; charset=utf-8`,
      "content-security-policy": policy,
      "cache-control": "public, max-age=300",
    }),
});

const fileText = (name: Document) => async (deps: HttpDeps) =>
  (await read(deps, name)).toString("utf8");

/** Not part of the API, and so not in its document. */
export const pageRoutes: readonly Route[] = [
  asset("/docs", "text/html", () => page),
  asset("/docs/start.js", "text/javascript", () => start),
  asset("/docs/swagger-ui.css", "text/css", fileText("swagger-ui.css")),
  asset("/docs/swagger-ui-bundle.js", "text/javascript", fileText("swagger-ui-bundle.js")),
];
