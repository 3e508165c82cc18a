/**
 * Whatever a client sends to any route: never a 5xx, and a refusal is a problem document that tells no secret and writes nothing.
 * Routes come from the table of routes, so a new one is tried by itself.
 */
import { createAuthenticator, hashToken } from "@sightline/core/access/authenticate";
import { isErrorCode } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { createApp } from "@sightline/functions/http/app";
import { apiRoutes } from "@sightline/functions/api/routes";
import { enrolRoutes } from "@sightline/functions/enrol/app";
import { makeCursor } from "@sightline/functions/shared/cursor";
import { mountRoutes } from "@sightline/functions/shared/mount";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { mutated, oddJson, oddText } from "../support/garbage.ts";
import { freshName } from "../support/names.ts";
import { quickHash } from "../support/password.ts";
import { expectProblem } from "../support/problem.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";
import { nowhere } from "../support/places.ts";
import { pathOf, validBody, type Existing } from "../support/valid-body.ts";
import { watchWrites, type Writes } from "../support/writes.ts";

const secret = "hunter2-of-the-camera";
const routes = [...apiRoutes, ...enrolRoutes].map(({ method, path }) => ({ method, path }));
type Named = (typeof routes)[number];

let cloud: Cloud;
let app: ReturnType<typeof createApp>;
let writes: Writes;
let own: Existing;
/** Whose cursors they are. */
let principal: string;
let foreign: Existing;

beforeAll(async () => {
  cloud = await startCloud();
  writes = watchWrites(cloud.dynamo, cloud.deps.gateway);
  const many = { perSecond: 1e6, burst: 1e6 };
  const rates = { principal: many, address: many };
  const authenticator = createAuthenticator({ ...cloud.deps, nobody: quickHash("") });
  const deps = { ...cloud.deps, gateway: writes.gateway, rates, authenticator };
  app = createApp(deps);
  mountRoutes(app, deps, enrolRoutes);
  principal = (await deps.store.tokens.find(hashToken(cloud.token)))?.id ?? "";
  own = await populate(cloud);
  foreign = await populate(await cloud.addOrganization());
});
afterAll(() => cloud.close());

interface Tenant {
  readonly organization: string;
  /** Of its admin. */
  readonly token: string;
}

async function post(route: string, body: object, token: string): Promise<string> {
  return String((await cloud.call(route, { body, token })).body.id);
}

type Maker = (tenant: Tenant, own: Pick<Existing, "site" | "device" | "stream">) => Promise<string>;

/** In an order in which each finds what it stands on. */
const makers = {
  stream: ({ token }, { device }) => {
    const source = { url: "rtsp://camera/1", username: "root", password: secret };
    return post("/v1/streams", { name: freshName("stream"), device, source }, token);
  },
  command: ({ token }, { device, stream }) => {
    const body = { kind: "stream.force-idr", args: { stream } };
    return post(`/v1/devices/${device}/commands`, body, token);
  },
  token: ({ token }) => post("/v1/tokens", { name: "script", scopes: ["sites:read"] }, token),
  user: async ({ organization }, { site }) =>
    String((await cloud.addUser({ organization, sites: { [site]: ["member"] } })).id),
  folder: ({ token }, { site }) => post("/v1/folders", { title: "Hall", site }, token),
} as const satisfies Partial<Record<keyof Existing, Maker>>;
type Made = keyof typeof makers;

const isMade = (noun: string): noun is Made => Object.hasOwn(makers, noun);

async function remade(tenant: Tenant, all: Existing, noun: Made): Promise<Existing> {
  const id = await makers[noun](tenant, all);
  return { ...all, [noun]: typeof all[noun] === "number" ? Number(id) : id };
}

async function populate(tenant: Tenant, enrolled = true): Promise<Existing> {
  const { device, site } = await cloud.addBox({ token: tenant.token, enrolled });
  let all: Existing = { ...nowhere, site, device };
  for (const noun of Object.keys(makers).filter(isMade)) all = await remade(tenant, all, noun);
  return all;
}

interface Sent {
  readonly path: string;
  readonly body: string | Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes no credentials but a login. */
const isLogin = (method: string, path: string): boolean =>
  method === "POST" && path.startsWith("/v1/sessions");

async function send(method: string, { path, body, headers }: Sent): Promise<Answer> {
  const given = new Headers(
    isLogin(method, path) ? {} : { authorization: `Bearer ${cloud.token}` },
  );
  if (body !== undefined) given.set("content-type", "application/json");
  for (const [name, value] of Object.entries(headers)) given.set(name, value);
  const hasBody = body !== undefined && method !== "GET";
  const response = await app.request(path, {
    method,
    headers: given,
    ...(hasBody && { body: body as string }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? (JSON.parse(text) as unknown) : text,
  };
}

/** A refusal to a request with a key is kept under that key; who may do how much is counted in memory. */
const answerRow = /^(?:Put|Update|Delete)ItemCommand IDEM#[\w-]{43} META$/;
/** A try to log in is counted, refused as it is. */
const tryRow = /^UpdateItemCommand TRY#[\w-]{43} META$/;

function expectRefusal(answer: Answer, { headers }: Sent): void {
  // The box of this test is offline: a picture of it is a 504.
  if (!answer.text.includes('"snapshot.unavailable"'))
    expect(answer.status, answer.text).toBeLessThan(500);
  // Who makes a token is shown its text.
  const shown = answer.status === 201 ? answer.text.replace(/"slt_[\w-]{43}"/, "") : answer.text;
  expect(shown).not.toMatch(
    new RegExp(`${secret}|node_modules|\\.ts:\\d|dynamo|sqlite|slt_|"stack"`, "i"),
  );
  const written = writes.take();
  if (answer.status < 400) return;
  expect(answer.status, "the test is too fast for the limits").not.toBe(429);
  const { code } = answer.body as { code: string };
  if (!isErrorCode(code)) throw new Error(`not a code of the table: ${answer.text}`);
  // What is answered again is word for word what was answered first, its request id among it.
  if (!answer.headers.has("idempotency-replayed")) expectProblem(answer, code);
  const hasKey = "idempotency-key" in headers;
  const isAccount = (key: string): boolean =>
    (hasKey && answerRow.test(key)) || (/required|password-wrong/.test(code) && tryRow.test(key));
  expect(written.filter((key) => !isAccount(key))).toEqual([]);
}

const isHeader = (value: string): boolean => {
  try {
    return new Headers({ x: value }).has("x");
  } catch {
    return false;
  }
};

const headerNames = [
  "authorization",
  "content-type",
  "if-match",
  "prefer",
  "range",
  "accept",
  "x-request-id",
];

const headerValues = fc.oneof(
  fc.constantFrom(
    "wait=0, wait=-1",
    "wait=99999999999",
    'W/"1"',
    '"999999999999999"',
    '""',
    "Bearer",
    "Bearer  ",
    "Basic =",
    "Basic OmE=",
    `Basic ${Buffer.from(`${"x".repeat(6_000)}:p`).toString("base64")}`,
    "application/json; charset=utf-7",
    "text/plain",
    "bytes=-1-",
    ";;;",
  ),
  oddText.filter(isHeader),
);

/** Some of them twice: with another body the second is refused, with the same one answered again. */
const idempotencyKeys = fc.oneof(
  fc.constantFrom("one", '"one"', '"', '""', "a b", "a,b", "x".repeat(256), '"\\x"', "é"),
  fc.uuid(),
  fc.uuid().map((id) => `"${id}"`),
  oddText.filter(isHeader),
);

const encoded = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString("utf8")).replaceAll(".", "%2E");

/** Path parameters: mostly what there is, else what is not, is another organization's, or no id at all. */
const keyOf = (valid: string, other: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(valid) },
    { weight: 1, arbitrary: fc.constantFrom(other, "%ff", "%", "%2f", "%00", "-", "~") },
    { weight: 2, arbitrary: oddText.map(encoded).filter((text) => text !== "") },
  );

const cursors = (query: readonly unknown[]): fc.Arbitrary<string> =>
  fc.oneof(
    oddText,
    oddText.map((after) => makeCursor(query, after)),
    oddText.map((after) => makeCursor(["other"], after)),
    oddJson.map((json) => Buffer.from(json.slice(0, 4_000)).toString("base64url")),
    fc.constant(makeCursor(query, "\u{10FFFF}\u{10FFFF}")),
  );

function queryOf(route: Named): fc.Arbitrary<string> {
  const kind = route.path.split("/").at(-1) ?? "";
  const ofOne = { devices: [undefined], streams: [undefined], folders: [undefined] };
  const of = { sites: [], users: [], members: [String(own.site)], ...ofOne }[kind];
  const query = [
    principal,
    kind,
    ...(of ? [cloud.organization, ...of] : kind === "commands" ? [own.device] : []),
  ];
  return fc
    .dictionary(
      fc.constantFrom("limit", "cursor", "site", "unplace", "q", "sort"),
      fc.oneof(oddText, cursors(query), fc.constantFrom("1e2", "0", "501", "true")),
      { maxKeys: 2 },
    )
    .map((pairs) =>
      Object.entries(pairs)
        .map(([key, value]) => `${key}=${encoded(value)}`)
        .join("&"),
    );
}

const enrolmentBody = { token: `enr_${"0".repeat(26)}.${"a".repeat(43)}.public`, csr: "x" };

function requestOf(route: Named): fc.Arbitrary<Sent> {
  const valid = validBody(route, own) ?? { ...enrolmentBody, sealingKey: "a".repeat(43) };
  const bodies: fc.Arbitrary<Sent["body"]> = fc.oneof(
    { weight: 8, arbitrary: mutated(valid) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  const valids = pathOf(route, own).split("/");
  const others = pathOf(route, foreign).split("/");
  const target = fc
    .tuple(
      ...route.path
        .split("/")
        .map((part, index) =>
          part.startsWith(":")
            ? keyOf(valids[index] ?? "x", others[index] ?? "x")
            : fc.constant(part),
        ),
    )
    .map((parts) => parts.join("/"));
  return fc
    .record({
      target,
      query: queryOf(route),
      body: ["POST", "PUT", "PATCH"].includes(route.method) ? bodies : fc.constant(undefined),
      headers: fc.dictionary(fc.constantFrom(...headerNames), headerValues, { maxKeys: 1 }),
      key: fc.option(idempotencyKeys, { nil: undefined }),
    })
    .map(({ target: at, query, headers, key, body }) => ({
      path: query ? `${at}?${query}` : at,
      headers: key === undefined ? headers : { ...headers, "idempotency-key": key },
      body,
    }));
}

/** What was accepted is taken away again, and what was removed is made again: every run finds the same. */
async function restore(route: Named, answer: Answer): Promise<void> {
  // Wrong passwords are counted for a while.
  const counts = /password$|sessions$/.test(route.path);
  cloud.letPass(counts ? limits.strangerSpanMs : 1_000);
  if (answer.status >= 300) return;
  const { location } = Object.fromEntries(answer.headers);
  if (route.method === "POST" && location && !location.includes("commands"))
    await cloud.call(location, { method: "DELETE" });
  if (route.method === "DELETE") {
    const noun = route.path.split("/:").at(-1) ?? "";
    own = isMade(noun) ? await remade(cloud, own, noun) : await populate(cloud, false);
  }
  writes.take();
}

describe.each(routes)("$method $path", (route) => {
  test(
    "takes anything and answers for it",
    async () => {
      const property = fc.asyncProperty(
        fc.constant(0).chain(() => requestOf(route)),
        async (sent) => {
          writes.take();
          const answer = await send(route.method, sent);
          expectRefusal(answer, sent);
          await restore(route, answer);
        },
      );
      await fc.assert(property, runs(60));
    },
    runsTimeoutMs,
  );
});

describe("what belongs to another organization", () => {
  const blank = ({ text, headers }: Answer, ids: Existing): string =>
    [ids.device, ids.stream, ids.command, ids.token]
      .reduce((left, id) => left.replaceAll(id, "ID"), text)
      .replaceAll(headers.get("x-request-id") ?? "", "REQUEST");

  test.each(apiRoutes.filter(({ path }) => /:(?:device|stream|token)/.test(path)))(
    "is as unknown as what is nobody's: $method $path",
    async (route) => {
      const at = async (ids: Existing): Promise<Answer> => {
        const body = validBody(route, own);
        return send(route.method, {
          path: pathOf(route, ids),
          body: body === undefined ? undefined : JSON.stringify(body),
          headers: {},
        });
      };
      const [theirs, nobodys] = [await at(foreign), await at(nowhere)];
      expect(theirs.status).toBe(404);
      expect(blank(theirs, foreign)).toBe(blank(nobodys, nowhere));
    },
  );
});

test("a site's name that is taken uses up no number", async () => {
  const body = JSON.stringify({ name: freshName("site") });
  const first = await send("POST", { path: "/v1/sites", body, headers: {} });
  writes.take();
  expectProblem(await send("POST", { path: "/v1/sites", body, headers: {} }), "site.name-taken");
  expect(writes.take()).toEqual([]);
  const next = await send("POST", {
    path: "/v1/sites",
    body: JSON.stringify({ name: freshName("site") }),
    headers: {},
  });
  expect(next.body.id).toBe(first.body.id + 1);
});
