/** The API's own document, as it is served: real answers and refusals are what it says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { documentedRoutes, templateOf } from "@sightline/functions/http/openapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";

let cloud: Cloud;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const own = { site: 0, device: "", stream: "", command: "" };

/** What the document does not name is a finding here; to clients, answers stay open. */
function strict(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(strict);
  if (typeof json !== "object" || json === null) return json;
  const members = Object.entries(json).map(([key, value]) => [key, strict(value)]);
  const closes = "properties" in json && !("additionalProperties" in json);
  return Object.fromEntries(closes ? [...members, ["additionalProperties", false]] : members);
}

beforeAll(async () => {
  cloud = await startCloud();
  const served = await cloud.call("/v1/openapi.json", { token: "" });
  expect([served.status, served.headers.get("content-type")]).toEqual([200, "application/json"]);
  ajv.addSchema(strict(served.body) as object, "api");
  const box = await cloud.addBox();
  Object.assign(own, { site: box.site, device: box.device });
  const body = bodies["POST /v1/streams"]?.();
  own.stream = String((await cloud.call("/v1/streams", { body })).body.id);
  const command = bodies["POST /v1/devices/:device/commands"]?.();
  const made = await cloud.call(`/v1/devices/${own.device}/commands`, { body: command });
  own.command = String(made.body.id);
});
afterAll(() => cloud.close());

const bodies: Readonly<Record<string, () => unknown>> = {
  "POST /v1/sites": () => ({ name: freshName("site") }),
  "POST /v1/devices": () => ({ name: freshName("box"), site: own.site }),
  "PATCH /v1/devices/:device": () => ({ title: "x", labels: null }),
  "POST /v1/streams": () => ({
    name: freshName("s"),
    device: own.device,
    source: { url: "rtsp://camera/1", username: "a", password: "b" },
    settings: { "decoder.dropFrameInterval": 2 },
  }),
  "PATCH /v1/streams/:stream": () => ({ title: null, source: { transport: "tcp" } }),
  "POST /v1/devices/:device/commands": () => ({
    kind: "stream.force-idr",
    args: { stream: own.stream },
  }),
};

const refuses = (pointer: readonly string[], value: unknown): unknown => {
  const path = pointer.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"));
  const validate = ajv.getSchema(`api#/${path.map(encodeURIComponent).join("/")}`);
  if (!validate) return `the document has no ${pointer.join(" ")}`;
  return validate(value) ? undefined : validate.errors;
};

// One that needs a box that answers has its answer in snapshots.test.ts; an enrolment is made by every box here.
const elsewhere = new Set(["GET /v1/streams/:stream/snapshot", "POST /v1/enrolments"]);
const order = ["POST", "GET", "PATCH", "DELETE"];
const routes = documentedRoutes.toSorted(
  (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || (a.path > b.path ? -1 : 1),
);

describe.each(routes)("$method $path", (route) => {
  const name = `${route.method} ${route.path}`;
  const method = route.method.toLowerCase();
  const of = (...rest: string[]) => ["paths", templateOf(route.path), method, ...rest];
  const url = (ids = own) =>
    `${route.path}${name === "DELETE /v1/devices/:device" ? "?unplace=true" : ""}`
      .replace(":site", String(ids.site))
      .replace(":device", ids.device)
      .replace(":stream", ids.stream)
      .replace(":command", ids.command)
      .replace(":name", "device");

  test.skipIf(elsewhere.has(name))("does what its document says", async () => {
    const body = bodies[name]?.();
    const type = method === "patch" ? "application/merge-patch+json" : "application/json";
    if (body !== undefined)
      expect(refuses(of("requestBody", "content", type, "schema"), body)).toBeUndefined();
    const answer = await cloud.call(url(), {
      method: route.method,
      ...(body !== undefined && { body }),
    });
    // What has no report yet, or has ended, is refused in a documented way.
    const isJson = answer.text !== "";
    expect([answer.status, route.about.answers[answer.status] ?? answer.body.code]).not.toContain(
      "internal",
    );
    const media = answer.status < 400 ? "application/json" : "application/problem+json";
    const schema = of(
      "responses",
      String(answer.status),
      ...(isJson ? ["content", media, "schema"] : []),
    );
    if (isJson) expect(refuses(schema, answer.body)).toBeUndefined();
    else expect(route.about.answers[answer.status]).toBe("nothing");
  });

  test("refuses as its document says", async () => {
    const nobody = { site: 999_999, device: "nobody", stream: "nobody", command: "nobody" };
    const answer = await cloud.call(url(nobody), {
      method: route.method,
      token: "slt_nobody",
      ...(route.about.body && { body: { unknown: true } }),
    });
    if (route.access === "public") return expect(answer.status).toBe(200);
    const schema = of(
      "responses",
      String(answer.status),
      "content",
      "application/problem+json",
      "schema",
    );
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(refuses(schema, answer.body)).toBeUndefined();
  });
});

test("the page at /docs needs nothing from elsewhere, and its parts are there", async () => {
  const page = await cloud.call("/docs", { token: "" });
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  const policy = page.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'");
  expect(`${policy}${page.text}`).not.toMatch(/https?:|unsafe/);
  const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = ""]) => part);
  expect(parts).toHaveLength(3);
  for (const part of parts) {
    const { status, text } = await cloud.call(part, { token: "" });
    expect([part, status, text.length > 50]).toEqual([part, 200, true]);
  }
});
