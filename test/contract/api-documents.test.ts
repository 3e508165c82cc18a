/** The API's own document, as it is served: real answers and refusals are what it says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { resultOf } from "@sightline/contracts/mqtt-examples";
import { documentedRoutes, templateOf } from "@sightline/functions/http/openapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../support/api.ts";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { quickHash } from "../support/password.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
let box: Box;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const localName = "stranger";
const own = {
  site: 0,
  device: "",
  stream: "",
  command: "",
  token: "",
  user: 0,
  folder: 0,
  session: "",
};
const others = { owner: 0, member: 0, site: 0 };
/** Where what is `own` does not do, or no longer. */
const instead: Readonly<Record<string, () => object>> = {
  "DELETE /v1/sites/:site": () => ({ site: others.site }),
  "DELETE /v1/sites/:site/members/:user": () => ({ user: others.member }),
};
const password = "correct horse";

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
  box = await (await cloud.addBox()).comeOnline();
  Object.assign(own, { site: box.site, device: box.device });
  const body = bodies["POST /v1/streams"]?.();
  own.stream = String((await cloud.call("/v1/streams", { body })).body.id);
  const command = bodies["POST /v1/devices/:device/commands"]?.();
  const made = await cloud.call(`/v1/devices/${own.device}/commands`, { body: command });
  own.command = String(made.body.id);
  await box.reportOwn({
    unmanaged: [{ localName, url: "rtsp://camera/9", hasCredentials: false }],
  });
  await waitFor(
    "the stranger is reported",
    async () => {
      const { body: drift } = await cloud.call(`/v1/devices/${own.device}/drift`);
      return drift.streams.length > 0;
    },
    { timeoutMs: 5_000, pollMs: 20 },
  );
  const token = await cloud.call("/v1/tokens", { body: bodies["POST /v1/tokens"]?.() });
  own.token = String(token.body.id);
  const member = () => cloud.addUser({ sites: { [own.site]: ["member"] } });
  own.user = (await member()).id;
  others.owner = (await member()).id;
  others.member = (await member()).id;
  others.site = await cloud.addSite();
  const folder = await cloud.call("/v1/folders", { body: bodies["POST /v1/folders"]?.() });
  own.folder = folder.body.id;
  const { organization, deps } = cloud;
  const admin = await deps.store.users.get(organization, 1);
  const passwordHash = quickHash(password);
  await deps.store.users.change(admin!, { ...admin!, passwordHash, revision: 2 });
});
afterAll(() => cloud.close());

/** Who logs in is no token. */
async function signIn(): Promise<{ id: string; accessToken: string; refreshToken: string }> {
  const { organization, login } = await cloud.addUser({ accessLevel: "admin", password });
  const body = { login: `${organization}/${login}`, password };
  return (await cloud.call("/v1/sessions", { body, token: "" })).body;
}
async function signedIn(): Promise<Call> {
  const { id, accessToken: token } = await signIn();
  own.session = id;
  return { token };
}

/** Where it is not a token that calls. */
const callers: Readonly<Record<string, () => Promise<Call>>> = {
  "POST /v1/sessions": () => Promise.resolve({ token: "" }),
  "GET /v1/sessions": signedIn,
  "DELETE /v1/sessions/current": signedIn,
  "DELETE /v1/sessions/:session": signedIn,
};

const bodies: Readonly<Record<string, () => unknown>> = {
  "POST /v1/sites": () => ({ name: freshName("site") }),
  "PATCH /v1/sites/:site": () => ({ title: null, owner: others.owner }),
  "PUT /v1/sites/:site/members/:user": () => ({ permissions: ["member", "edit-streams"] }),
  "POST /v1/folders": () => ({ title: "Hall", site: own.site }),
  "PATCH /v1/folders/:folder": () => ({ title: "Yard", parent: null }),
  "POST /v1/devices": () => ({ name: freshName("box"), site: own.site }),
  "PATCH /v1/devices/:device": () => ({
    title: "x",
    labels: null,
    settings: { "mux.maxLatencyNs": 5_000 },
  }),
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
  "POST /v1/devices/:device/drift/adopt": () => ({ localName, title: "A stranger" }),
  "POST /v1/devices/:device/drift/revert": () => ({ localName }),
  "PATCH /v1/organization": () => ({ name: "Acme", loginBlockMs: null }),
  "POST /v1/users": () => ({
    ...{ login: freshName("user"), password, email: "ann@example.com", locale: "de" },
    ...{ accessLevel: "generic", sites: { [own.site]: ["member", "view-stats"] } },
  }),
  "PATCH /v1/users/:user": () => ({ note: "x", email: null, sites: { [own.site]: null } }),
  "PUT /v1/users/:user/password": () => ({ password }),
  "PATCH /v1/self": () => ({ fullName: "Ann", phone: null }),
  "PUT /v1/self/password": () => ({ current: password, password: "battery staple" }),
  "POST /v1/tokens": () => ({ name: "script", scopes: ["*"], device: own.device }),
  "POST /v1/sessions": async () => {
    const { organization, login } = await cloud.addUser({ password });
    return { login: `${organization}/${login}`, password };
  },
  "POST /v1/sessions/refresh": async () => ({ refreshToken: (await signIn()).refreshToken }),
  "POST /v1/enrolments": async () => {
    const joining = await cloud.addBox({ enrolled: false });
    const { csr, sealing } = joining.keys;
    return { token: await joining.newToken(), csr, sealingKey: sealing.publicKey };
  },
};

const refuses = (pointer: readonly string[], value: unknown): unknown => {
  const path = pointer.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"));
  const validate = ajv.getSchema(`api#/${path.map(encodeURIComponent).join("/")}`);
  if (!validate) return `the document has no ${pointer.join(" ")}`;
  return validate(value) ? undefined : validate.errors;
};

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);

const upload = (uploadUrl: unknown): Promise<void> => {
  const { pathname, search } = new URL(String(uploadUrl));
  const key = pathname.slice("/blobs/".length);
  const query = search.slice(1);
  return cloud.deps.blobs.takeUpload({ key, query, contentType: "image/jpeg", body: jpeg });
};

/** What the box does while the route waits for it. */
const meanwhile: Readonly<Record<string, () => Promise<void>>> = {
  "GET /v1/streams/:stream/stats": async () => {
    const { id } = await box.nextCommand("stream.stats");
    await box.ack(id, "succeeded", { result: resultOf["stream.stats"] });
  },
  "GET /v1/streams/:stream/snapshot": async () => {
    const { id, args } = await box.nextCommand("stream.snapshot");
    await upload(args["uploadUrl"]);
    await box.ack(id, "succeeded", {
      result: { frameAtMs: Date.now(), sizeBytes: jpeg.length },
    });
  },
};

const order = ["POST", "GET", "PATCH", "PUT", "DELETE"];
const routes = documentedRoutes.toSorted(
  (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || (a.path > b.path ? -1 : 1),
);

describe.each(routes)("$method $path", (route) => {
  const name = `${route.method} ${route.path}`;
  const method = route.method.toLowerCase();
  const of = (...rest: string[]) => ["paths", templateOf(route.path), method, ...rest];
  const asked = () => ({ ...own, ...instead[name]?.() });
  const url = (ids = asked()) =>
    `${route.path}${name === "DELETE /v1/devices/:device" ? "?unplace=true" : ""}`
      .replace(":site", String(ids.site))
      .replace(":device", ids.device)
      .replace(":stream", ids.stream)
      .replace(":command", ids.command)
      .replace(":token", ids.token)
      .replace(":user", String(ids.user))
      .replace(":folder", String(ids.folder))
      .replace(":session", ids.session)
      .replace(":name", "device");

  test("does what its document says", async () => {
    const body = await bodies[name]?.();
    const type = method === "patch" ? "application/merge-patch+json" : "application/json";
    if (body !== undefined)
      expect(refuses(of("requestBody", "content", type, "schema"), body)).toBeUndefined();
    const caller = await callers[name]?.();
    const [answer] = await Promise.all([
      cloud.call(url(), { method: route.method, ...(body !== undefined && { body }), ...caller }),
      meanwhile[name]?.(),
    ]);
    const said = route.about.answers[answer.status];
    expect([answer.status, answer.body.code, said]).toEqual([
      expect.toSatisfy((status: number) => status < 300),
      undefined,
      expect.anything(),
    ]);
    if (said === "nothing") return expect(answer.text).toBe("");
    if (said === "jpeg") return expect(answer.headers.get("content-type")).toBe("image/jpeg");
    const schema = of("responses", String(answer.status), "content", "application/json", "schema");
    return expect(refuses(schema, answer.body)).toBeUndefined();
  });

  test("refuses as its document says", async () => {
    const nobody = {
      site: 999_999,
      device: "nobody",
      stream: "nobody",
      command: "nobody",
      token: "x",
      user: 999_999,
      folder: 999_999,
      session: "ses_x",
    };
    const answer = await cloud.call(url(nobody), {
      method: route.method,
      token: "slt_nobody",
      ...(route.about.body && { body: { unknown: true } }),
    });
    if (route.access === "public" && !route.about.body) return expect(answer.status).toBe(200);
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
  const parts = [...page.text.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(
    ([, part = ""]) => part,
  );
  expect(parts).toHaveLength(3);
  // Without it, browsers ask for /favicon.ico.
  expect(page.text).toContain('<link rel="icon" href="data:,">');
  for (const part of parts) {
    const { status, text } = await cloud.call(part, { token: "" });
    expect([part, status, text.length > 50]).toEqual([part, 200, true]);
  }
});
