/** The OpenAPI 3.1 document of the native API, made from its table of routes. Pure; run by `npm run gen`. */
import { errorTable, type ErrorCode } from "@sightline/contracts/errors";
import * as z from "zod";
import { enrolRoutes } from "../enrol/app.ts";
import type { Route } from "../shared/call.ts";
import { apiRoutes } from "../api/routes.ts";

type Json = Record<string, unknown>;
type DocumentedRoute = Pick<Route, "method" | "path" | "access" | "about">;

export const documentedRoutes: readonly DocumentedRoute[] = [...apiRoutes, ...enrolRoutes];

/** `/v1/sites/:site` → `/v1/sites/{site}` */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

const jsonOf = (schema: z.ZodType, io: "input" | "output"): Json => {
  const { $schema: _, id: __, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
};

/** Answers may grow: a client must not refuse what it does not know. */
function open(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(open);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key, value]) => !(key === "additionalProperties" && value === false))
      .map(([key, value]) => [key, open(value)]),
  );
}

/** What a merge patch of the document may hold: every member, or null. [RFC 7396] */
function patchOf(json: Json): Json {
  const { required: _, default: __, ...rest } = json;
  const orNull = (member: Json): Json => ({ anyOf: [patchOf(member), { type: "null" }] });
  const properties = rest["properties"] as Record<string, Json> | undefined;
  const others = rest["additionalProperties"];
  const optional = Object.entries(properties ?? {}).map(([name, member]) => [name, orNull(member)]);
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(optional) }),
    ...(typeof others === "object" && { additionalProperties: orNull(others as Json) }),
  };
}

/** Of every route, beside its own codes. */
function errorsOf({ method, access, about }: DocumentedRoute): readonly ErrorCode[] {
  const keyed = access !== "public" && access !== "once";
  return [
    ...new Set<ErrorCode>([
      ...about.errors,
      ...(keyed ? (["auth.required", "auth.forbidden", "auth.throttled"] as const) : []),
      ...(about.body || about.patch
        ? (["input.invalid", "input.unsupported", "input.too-large"] as const)
        : []),
      ...(keyed && method === "POST"
        ? ([
            "idempotency.key-invalid",
            "idempotency.key-reused",
            "idempotency.busy",
            "input.too-large",
          ] as const)
        : []),
      "request.throttled",
      "store.unavailable",
      "internal",
    ]),
  ];
}

function problemResponses(route: DocumentedRoute): Json {
  const codes = errorsOf(route);
  const statuses = [...new Set(codes.map((code) => errorTable[code].status))].toSorted(
    (a, b) => a - b,
  );
  return Object.fromEntries(
    statuses.map((status) => {
      const own = codes.filter((code) => errorTable[code].status === status);
      const retry = status === 429 || status === 503;
      return [
        String(status),
        {
          description: own.map((code) => `\`${code}\`: ${errorTable[code].meaning}`).join("\n\n"),
          ...(retry && { headers: { "Retry-After": { $ref: "#/components/headers/RetryAfter" } } }),
          content: {
            "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
          },
        },
      ];
    }),
  );
}

function parametersOf({ method, path, access, about }: DocumentedRoute): readonly Json[] {
  const header = (name: string, schema: Json, description: string): Json => ({
    name,
    in: "header",
    schema,
    description,
  });
  const text = { type: "string" };
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: text,
    })),
    ...Object.entries(about.query ?? {}).map(([name, schema]) => ({
      name,
      in: "query",
      schema: jsonOf(schema, "input"),
    })),
    ...(about.ifMatch ? [header("If-Match", text, "The ETag that the change is meant for.")] : []),
    ...(about.waits
      ? [header("Prefer", text, "`wait=N` waits N seconds for the device's word; 202 without one.")]
      : []),
    ...(method === "POST" && access !== "once" && access !== "public"
      ? [header("Idempotency-Key", text, "Repeated with the same key, it is carried out once.")]
      : []),
  ];
}

function operationOf(route: DocumentedRoute, refer: (schema: z.ZodType) => Json): Json {
  const { method, access, about } = route;
  const answers = Object.entries(about.answers).map(([status, answer]) => {
    const content =
      answer === "nothing"
        ? {}
        : answer === "jpeg"
          ? { content: { "image/jpeg": {} } }
          : { content: { "application/json": { schema: refer(answer) } } };
    return [status, { description: about.summary, ...content }];
  });
  const keyed = access !== "public" && access !== "once";
  const body = about.body
    ? { "application/json": { schema: jsonOf(about.body, "input") } }
    : about.patch && {
        "application/merge-patch+json": { schema: patchOf(jsonOf(about.patch, "input")) },
      };
  return {
    operationId: `${method.toLowerCase()}${route.path
      .replace("/v1", "")
      .replaceAll(/[/:.-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: about.summary,
    tags: [route.path.split("/")[2] ?? ""],
    ...(keyed && {
      description: access === "self" ? "Any credentials." : `Needs the permission \`${access}\`.`,
    }),
    security: keyed ? [{ bearer: [] }, { basic: [] }] : [],
    parameters: parametersOf(route),
    ...(body && { requestBody: { required: true, content: body } }),
    responses: { ...problemResponses(route), ...Object.fromEntries(answers) },
  };
}

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(Object.keys(errorTable)),
    requestId: z.string(),
    hint: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Problem" });

/** A named schema and the named ones that it is made of: each is a definition, the whole is a reference. */
function definitionsOf(schema: z.ZodType): Json {
  const { $defs = {} } = jsonOf(schema, "output");
  return Object.fromEntries(
    Object.entries($defs as Record<string, Json>).map(([name, { id: _, ...definition }]) => [
      name,
      open(definition),
    ]),
  );
}

/** Every route as it stands in the table; answers by name. */
export function openapiDocument(routes = documentedRoutes): Json {
  const schemas: Record<string, unknown> = definitionsOf(Problem);
  const refer = (schema: z.ZodType): Json => {
    const id = schema.meta()?.id;
    if (id === undefined) throw new TypeError("give the answer a name: .meta({ id })");
    if (!(id in schemas)) Object.assign(schemas, definitionsOf(schema));
    return { $ref: `#/components/schemas/${id}` };
  };
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = (paths[templateOf(route.path)] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, refer);
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Sightline",
      version: "1",
      summary: "Control plane for fleets of edge video devices",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas,
      headers: {
        RetryAfter: { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } },
      },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        basic: { type: "http", scheme: "basic" },
      },
    },
  };
  return JSON.parse(
    JSON.stringify(document).replaceAll("#/$defs/", "#/components/schemas/"),
  ) as Json;
}
