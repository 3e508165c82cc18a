/** Who may call which route of `/v1`: every row of the table of routes, as everybody who may not. */
import { limits } from "@sightline/contracts/limits";
import { hashToken } from "@sightline/core/access/authenticate";
import { permissions } from "@sightline/core/access/principal";
import { apiRoutes } from "@sightline/functions/api/routes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Call } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";
import { nameOf, pathOf, validBody } from "../support/valid-body.ts";

let cloud: Cloud;
/** Of the organization that everything belongs to. */
const own = {
  site: 0,
  device: "",
  stream: "",
  command: "",
  token: "",
  user: 0,
  folder: 0,
  session: "ses_none",
};

beforeAll(async () => {
  cloud = await startCloud();
  const box = await cloud.addBox();
  const source = { url: "rtsp://camera/1" };
  const body = { name: freshName("stream"), device: box.device, source };
  own.site = box.site;
  own.device = box.device;
  own.stream = String((await cloud.call("/v1/streams", { body })).body.id);
  const command = { kind: "stream.force-idr", args: { stream: own.stream } };
  const route = `/v1/devices/${own.device}/commands`;
  own.command = String((await cloud.call(route, { body: command })).body.id);
  const token = { name: "script", scopes: ["sites:read"] };
  own.token = String((await cloud.call("/v1/tokens", { body: token })).body.id);
  // Users are numbered per organization: the others of this test have fewer.
  for (let at = 0; at < 3; at += 1)
    own.user = (await cloud.addUser({ sites: { [own.site]: ["member"] } })).id;
  const folder = { title: "Hall", site: own.site };
  own.folder = Number((await cloud.call("/v1/folders", { body: folder })).body.id);
});
afterAll(() => cloud.close());

const keyed = apiRoutes.filter(({ access }) => access !== "public");
const permitted = keyed.filter(({ access }) => access !== "self");

function callRoute(
  route: (typeof apiRoutes)[number],
  call: Omit<Call, "method"> = {},
): Promise<Answer> {
  const path = pathOf(route, own);
  const body = validBody(route, own);
  return cloud.call(path, { method: route.method, ...(body !== undefined && { body }), ...call });
}

test("every route has a permission, but logging in, health, the API's own document, and what is the caller's own", () => {
  expect(apiRoutes.filter(({ access }) => access === "public").map(nameOf)).toEqual([
    "POST /v1/sessions",
    "POST /v1/sessions/refresh",
    "GET /v1/health",
    "GET /v1/openapi.json",
  ]);
  expect(keyed.filter(({ access }) => access === "self").map(nameOf)).toEqual([
    "GET /v1/self",
    "PATCH /v1/self",
    "PUT /v1/self/password",
    "GET /v1/sessions",
    "DELETE /v1/sessions/current",
    "DELETE /v1/sessions/:session",
  ]);
  for (const { access, method, path } of permitted) {
    expect(permissions).toContain(access);
    const isReading = method === "GET";
    expect([method, path, access.endsWith(":read")]).toEqual([method, path, isReading]);
  }
});

test("every permission is needed somewhere, but for tracked objects, which have no route yet", () => {
  const needed = new Set<string>(keyed.map(({ access }) => access));
  expect(permissions.filter((permission) => !needed.has(permission))).toEqual([
    "objects:read",
    "objects:write",
  ]);
});

describe.each(keyed)("$method $path", (route) => {
  test.each([
    ["without credentials", {}],
    ["with a token that nobody has", { authorization: "Bearer slt_nobody" }],
    ["with an empty token", { authorization: "Bearer " }],
    ["with another scheme", { authorization: "Digest abc" }],
    [
      "with a login that nobody has parted",
      { authorization: `Basic ${Buffer.from("admin").toString("base64")}` },
    ],
  ])("is refused %s", async (_, headers) => {
    // All of these come from one address, which is let so many a second.
    cloud.letPass(1_000);
    expectProblem(await callRoute(route, { token: "", headers }), "auth.required");
  });

  test("does not find what is another organization's", async () => {
    const { token } = await cloud.addOrganization();
    // Sites are numbered per organization: this one is theirs.
    const site = await cloud.addSite(token);
    const answer = await callRoute(route, { token });
    if (route.path.includes(":token")) return expectProblem(answer, "token.not-found");
    if (route.path.includes(":user")) return expectProblem(answer, "user.not-found");
    if (route.path.includes(":folder")) return expectProblem(answer, "folder.not-found");
    if (/:(?:device|stream)/.test(route.path)) {
      const isStream = route.path.includes(":stream");
      return expectProblem(answer, isStream ? "stream.not-found" : "device.not-found");
    }
    const theirs: Readonly<Record<string, object>> = {
      "/v1/sites": { id: site },
      "/v1/tokens": { name: "token-*" },
      "/v1/users": { id: 1, accessLevel: "admin" },
      "/v1/audit": { operation: "POST /v1/sites" },
    };
    if (answer.body.items) {
      const known = theirs[route.path];
      return expect(answer.body.items).toEqual(known ? [expect.objectContaining(known)] : []);
    }
    const ids = [own.device, own.stream, cloud.organization];
    expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(ids.join("|")));
  });
});

describe.each(permitted)("$method $path", (route) => {
  test("is refused with every permission but its own, which the answer names", async () => {
    const others = permissions.filter((permission) => permission !== route.access);
    const answer = await callRoute(route, { token: await cloud.addToken(others) });
    expectProblem(answer, "auth.forbidden");
    expect(answer.body.details).toEqual({ permission: route.access });
  });
});

describe("what belongs to another organization cannot be used", () => {
  test("a site, for a device", async () => {
    const { token } = await cloud.addOrganization();
    const body = { name: freshName("b"), site: own.site + 1_000 };
    expectProblem(await cloud.call("/v1/devices", { body, token }), "site.not-found");
  });

  test("a device, for a stream", async () => {
    const { token } = await cloud.addOrganization();
    const body = { name: freshName("s"), device: own.device, source: { url: "rtsp://a/1" } };
    expectProblem(await cloud.call("/v1/streams", { body, token }), "device.not-found");
  });

  test("by moving a stream to its device", async () => {
    const { token } = await cloud.addOrganization();
    const site = await cloud.addSite(token);
    const body = { name: freshName("s"), site, device: null, source: { url: "rtsp://a/1" } };
    const { id } = (await cloud.call("/v1/streams", { body, token })).body;
    const change = { method: "PATCH", body: { device: own.device }, token };
    expectProblem(await cloud.call(`/v1/streams/${id}`, change), "device.not-found");
  });

  test("by going on with its cursor", async () => {
    await cloud.addSite();
    await cloud.addSite();
    const { next } = (await cloud.call("/v1/sites?limit=1")).body;
    expect(next).toMatch(/./);
    const { token } = await cloud.addOrganization();
    expectProblem(await cloud.call(`/v1/sites?cursor=${next}`, { token }), "input.cursor-invalid");
  });
});

describe("methods that a path does not have", () => {
  const paths = [...new Set(apiRoutes.map(({ path }) => path))];
  test.each(paths)("are refused on %s, with those that it has", async (path) => {
    const has = apiRoutes.filter((route) => route.path === path).map(({ method }) => method);
    const lacks = (["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const).filter(
      (method) => !(has as string[]).includes(method),
    );
    for (const method of lacks) {
      const route = { ...apiRoutes[0]!, path, method: method as "PUT" };
      const answer = await callRoute(route);
      expectProblem(answer, "route.method-not-allowed");
      expect(answer.headers.get("allow")).toBe(has.join(", "));
    }
  });

  test("HEAD is what GET is, without the body", async () => {
    const answer = await cloud.call(`/v1/streams/${own.stream}`, { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).toMatch(/^"\d+"$/);
    expect(answer.text).toBe("");
  });
});

test.each(["/", "/v1", "/v1/nothing", "/v1/sites/", "/v2/sites", "/v1/streams/a/b", "/%"])(
  "there is no route %s",
  async (route) => {
    expectProblem(await cloud.call(route), "route.not-found");
  },
);

describe("the id of a request", () => {
  test("is the client's when it has the form of one, and stands in what was asked for", async () => {
    const headers = { "x-request-id": "my-request.1" };
    const body = {
      name: freshName("s"),
      site: own.site,
      device: null,
      source: { url: "rtsp://a/1" },
    };
    const answer = await cloud.call("/v1/streams", { body, headers });
    expect(answer.headers.get("x-request-id")).toBe("my-request.1");
    expect(answer.body.requestId).toBe("my-request.1");
  });

  test.each(["", "a b", "a/b", "x".repeat(65), "<script>"])(
    "is ours in place of %j",
    async (given) => {
      const answer = await cloud.call("/v1/sites", { headers: { "x-request-id": given } });
      expect(answer.headers.get("x-request-id")).toMatch(/^evt_[0-9a-z]{26}$/);
    },
  );
});

describe("a login", () => {
  const basic = (login: string, password: string): Call => ({
    token: "",
    headers: { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}` },
  });

  test("does as well as a token, and is throttled after ten failures", async () => {
    const { organization } = cloud;
    const sites = { [own.site]: ["edit-users"] } as const;
    await cloud.addUser({ login: "änn", password: "p:ä", sites });
    const login = `${organization}/änn`;
    expect((await cloud.call("/v1/sites", basic(login, "p:ä"))).status).toBe(200);
    expectProblem(await cloud.call("/v1/devices", basic(login, "p:ä")), "auth.forbidden");
    for (let at = 0; at < 10; at += 1)
      expectProblem(await cloud.call("/v1/sites", basic(login, "wrong")), "auth.required");
    const throttled = await cloud.call("/v1/sites", basic(login, "p:ä"));
    expectProblem(throttled, "auth.throttled");
    expect(Number(throttled.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  });
});

test("a token ends when it expires, and when it is deleted", async () => {
  const { deps, organization } = cloud;
  const text = await cloud.addToken(["sites:read"]);
  const { id = "" } = (await deps.store.tokens.find(hashToken(text))) ?? {};
  await deps.store.tokens.delete(organization, id);
  expectProblem(await cloud.call("/v1/sites", { token: text }), "auth.required");
  const nowMs = deps.clock.nowMs();
  await deps.store.tokens.create({
    organization,
    id: deps.ids.next("token"),
    hash: hashToken("slt_short"),
    user: 1,
    name: "short",
    scopes: ["*"],
    audience: "api",
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
  });
  expect((await cloud.call("/v1/sites", { token: "slt_short" })).status).toBe(200);
  deps.clock.advance(60_000);
  expectProblem(await cloud.call("/v1/sites", { token: "slt_short" }), "auth.required");
});

describe("a body that is too large", () => {
  const large = JSON.stringify({ name: "x".repeat(limits.bodyBytesMax) });
  const request = (
    body: string | ReadableStream,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    cloud
      .fetch(
        new Request("http://localhost/v1/sites", {
          method: "POST",
          body,
          headers: {
            "content-type": "application/json",
            authorization: `Bearer ${cloud.token}`,
            ...headers,
          },
          ...(body instanceof ReadableStream && { duplex: "half" }),
        }),
      )
      .then(async (response) => {
        const text = await response.text();
        return {
          status: response.status,
          headers: response.headers,
          text,
          body: JSON.parse(text) as unknown,
        };
      });

  test("is refused by what it says of itself", async () => {
    const headers = { "content-length": String(Buffer.byteLength(large)) };
    expectProblem(await request(large, headers), "input.too-large");
  });

  test("is refused while it comes, when it says nothing", async () => {
    expectProblem(await request(new Blob([large]).stream()), "input.too-large");
  });
});

test("health says that the database answers, to anybody, and nothing of tenants", async () => {
  const answer = await cloud.call("/v1/health", { token: "" });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: "ok", database: "ok", version: "0.0.0-test" });
});
