/**
 * The attacker's list: somebody with an account of their own, or none, who wants what is another's. Each test is one attack; what
 * single parts refuse stands beside them (`api-sessions`, `api-tokens`, `user-power`, `login-throttle`, `permission-matrix`).
 */
import { createHmac } from "node:crypto";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { limits } from "@sightline/contracts/limits";
import { createApp } from "@sightline/functions/http/app";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { basicOf, clientAt, type Client } from "../support/client-at.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { makePlace, type Place } from "../support/places.ts";
import { expectProblem } from "../support/problem.ts";

const password = "correct horse";
let cloud: Cloud;
/** What is attacked: all of it is this organization's. */
let victim: Place;
/** Of the victim's organization, with a password and nothing to see. */
let insider: string;
/** May everything in an organization of their own. */
let mallory: { readonly organization: string; readonly token: string };
let call: Client;

beforeAll(async () => {
  cloud = await startCloud();
  victim = await makePlace(cloud, { organization: cloud.organization, token: cloud.token });
  insider = `${cloud.organization}/${(await cloud.addUser({ password })).login}`;
  mallory = await cloud.addOrganization();
  call = clientAt(cloud, "203.0.113.9");
});
afterAll(() => cloud.close());

const bearer = (token: string): string => `Bearer ${token}`;
const asMallory = (route: string, method = "GET", body?: unknown): Promise<Answer> =>
  call(route, { method, authorization: bearer(mallory.token), body });

async function signIn(client = call, login = insider): Promise<Answer["body"]> {
  const answer = await client("/v1/sessions", { body: { login, password } });
  expect(answer.status).toBe(201);
  return answer.body;
}

describe("guessing ids", () => {
  test("of people, sites and folders, which are numbered, finds nobody of another organization", async () => {
    for (const noun of ["users", "sites", "folders"])
      for (let id = 1; id <= 20; id += 1) {
        const answer = await asMallory(`/v1/${noun}/${id}`);
        expect(answer.text).not.toContain(victim.mark);
        if (answer.status !== 404) expect([noun, id]).toEqual(["users", 1]);
      }
  });

  test("of devices, streams and tokens that are known from elsewhere changes nothing", async () => {
    const { site, device, stream, token, user, folder } = victim;
    for (const [route, code] of [
      [`/v1/devices/${device}`, "device.not-found"],
      [`/v1/streams/${stream}`, "stream.not-found"],
      [`/v1/tokens/${token}`, "token.not-found"],
      [`/v1/users/${user}`, "user.not-found"],
      [`/v1/folders/${folder}`, "folder.not-found"],
      [`/v1/sites/${site}`, "site.not-found"],
    ] as const)
      expectProblem(await asMallory(route, "DELETE"), code);
    const left = await cloud.call(`/v1/streams/${stream}`);
    expect([left.status, left.body.device]).toEqual([200, device]);
  });

  test("of one's own organization shows an insider nothing but that it is forbidden", async () => {
    const authorization = basicOf(insider, password);
    for (let id = 1; id <= 20; id += 1)
      expectProblem(await call(`/v1/users/${id}`, { authorization }), "auth.forbidden");
  });
});

describe("a cursor", () => {
  test("of another organization leads nowhere, and names nothing", async () => {
    await makePlace(cloud, { organization: cloud.organization, token: cloud.token });
    for (const noun of ["sites", "devices", "streams", "users", "tokens", "folders", "audit"]) {
      const { next } = (await cloud.call(`/v1/${noun}?limit=1`)).body;
      expect([noun, next]).toEqual([noun, expect.stringMatching(/./)]);
      expectProblem(await asMallory(`/v1/${noun}?cursor=${next}`), "input.cursor-invalid");
    }
  });

  test("that was made by hand goes on in one's own list only", async () => {
    const { next } = (await asMallory("/v1/sites?limit=1")).body;
    const own = await makePlace(cloud, mallory);
    const { next: given } = (await asMallory("/v1/audit?limit=1")).body;
    const [of] = JSON.parse(Buffer.from(given, "base64url").toString()) as [string];
    const forged = Buffer.from(JSON.stringify([of, "9999999999999"])).toString("base64url");
    const { items } = (await asMallory(`/v1/audit?cursor=${forged}`)).body;
    expect(items.length).toBeGreaterThan(0);
    expect(JSON.stringify(items)).not.toContain(victim.device);
    expect([next, own.mark]).toEqual([undefined, own.mark]);
  });
});

describe("credentials of another kind", () => {
  test("a token of a device opens neither `/v1` nor another device", async () => {
    const token = await cloud.addToken(["*"], cloud.organization, { device: victim.device });
    for (const route of ["/v1/streams", "/v1/self", "/v1/sessions", "/v1/audit"])
      expectProblem(await call(route, { authorization: bearer(token) }), "auth.forbidden");
  });

  test("a token of the API, or a session, is none of the dialect's", async () => {
    const { accessToken } = await signIn();
    const path = `/devices/${victim.device}/deepstream/api/v1/stream/get-stream-info`;
    for (const token of [cloud.token, accessToken]) {
      const request = new Request(`http://localhost${path}`, {
        headers: { authorization: bearer(token) },
      });
      expect((await cloud.fetch(request)).status).toBe(403);
      const inPath = new Request(`http://localhost/t/${token}/api/v1/stream/get-stream-info`);
      expect((await cloud.fetch(inPath)).status).toBe(403);
    }
  });

  test("a refresh token opens nothing but the next pair, and an access token gets none", async () => {
    const { accessToken, refreshToken } = await signIn();
    expectProblem(await call("/v1/self", { authorization: bearer(refreshToken) }), "auth.required");
    const body = { refreshToken: accessToken };
    expectProblem(await call("/v1/sessions/refresh", { body }), "auth.required");
  });
});

describe("a stolen refresh token", () => {
  test("that its owner has used ends the session, for thief and owner", async () => {
    const { refreshToken } = await signIn();
    const owner = await call("/v1/sessions/refresh", { body: { refreshToken } });
    expect(owner.status).toBe(201);
    const thief = await call("/v1/sessions/refresh", { body: { refreshToken } });
    expectProblem(thief, "session.reused");
    const body = { refreshToken: owner.body.refreshToken };
    expectProblem(await call("/v1/sessions/refresh", { body }), "auth.required");
    const authorization = bearer(owner.body.accessToken);
    expectProblem(await call("/v1/self", { authorization }), "auth.required");
  });

  test("that is used twenty times at once gives one pair at most, and that counts no more", async () => {
    const { refreshToken } = await signIn();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call("/v1/sessions/refresh", { body: { refreshToken } })),
    );
    const pairs = answers.filter(({ status }) => status === 201);
    expect(pairs.length).toBeLessThanOrEqual(1);
    for (const { body } of pairs) {
      const authorization = bearer(body.accessToken);
      expectProblem(await call("/v1/self", { authorization }), "auth.required");
    }
  });
});

describe("smuggled headers", () => {
  /** As a socket brings it: the same name several times. */
  async function rawStatus(headers: readonly string[]): Promise<number> {
    const app = createApp(cloud.deps);
    const listener = getRequestListener((request, env) => app.fetch(request, env));
    const server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      return await new Promise<number>((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path: "/v1/self", headers, agent: false };
        const sent = httpRequest(options, (response) => {
          response.resume();
          response.once("end", () => resolve(response.statusCode ?? 0));
        });
        sent.once("error", reject);
        sent.end();
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }
  const host = ["Host", "localhost"];

  test("two of `Authorization`, in one or in two lines, are none", async () => {
    const [good, bad] = [bearer(cloud.token), bearer("slt_nobody")];
    expect(await rawStatus([...host, "Authorization", good])).toBe(200);
    // Node itself keeps the first of two lines; a second one must never be what counts.
    const twice = await rawStatus([...host, "Authorization", bad, "authorization", good]);
    expect(twice).toBe(401);
    for (const authorization of [
      `${good}, ${bad}`,
      `${bad}, ${good}`,
      `${good} ${bad}`,
      ` ${good},`,
    ])
      expectProblem(await call("/v1/self", { authorization }), "auth.required");
  });

  test("nobody is who a header says that they are", async () => {
    for (const name of [
      "x-organization",
      "x-user",
      "x-forwarded-user",
      "x-amzn-oidc-data",
      "x-sightline-organization",
      "x-original-url",
      "x-rewrite-url",
      "x-http-method-override",
    ]) {
      const headers = { [name]: name.endsWith("url") ? `/v1/streams/${victim.stream}` : "DELETE" };
      const answer = await cloud.call("/v1/organization", { token: mallory.token, headers });
      expect([name, answer.status, answer.body.id]).toEqual([name, 200, mallory.organization]);
    }
  });

  test("an address that a header says is not counted as the caller's", async () => {
    const { login } = await cloud.addUser({ password });
    const as = `${cloud.organization}/${login}`;
    const client = clientAt(cloud, "203.0.113.40");
    const statuses: number[] = [];
    for (let at = 0; at <= limits.loginFailuresMax; at += 1) {
      const headers = { "x-forwarded-for": `198.51.100.${at}`, forwarded: `for=198.51.100.${at}` };
      const body = { login: as, password: "wrong" };
      statuses.push((await client("/v1/sessions", { body, headers })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("a page of another site, in a browser that remembers a login", () => {
  const authorization = () => basicOf(insider, password);
  const from = (origin: string) => ({ origin, host: "sightline.example" });

  test.each(["https://evil.example", "null", "https://sightline.example.evil", "http://sightline"])(
    "changes nothing from %s",
    async (origin) => {
      for (const route of ["/v1/sessions", "/v1/tokens", `/v1/tokens/${victim.token}/rotate`]) {
        const sent = { method: "POST", authorization: authorization(), headers: from(origin) };
        expectProblem(await call(route, sent), "auth.forbidden");
      }
    },
  );

  test("a page of our own does, and who sends no login is no browser's victim", async () => {
    const own = { ...from("https://sightline.example") };
    const sent = { method: "POST", authorization: authorization(), headers: own };
    expect((await call("/v1/sessions", sent)).status).toBe(201);
    const { accessToken } = await signIn();
    const headers = from("https://evil.example");
    const byToken = { method: "DELETE", authorization: bearer(accessToken), headers };
    expect((await call("/v1/sessions/current", byToken)).status).toBe(204);
  });
});

describe("a JWT", () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claimsOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<
      string,
      unknown
    >;

  test("with alg none, another algorithm, or a key of one's own is no credentials", async () => {
    const { accessToken } = await signIn();
    const claims = claimsOf(accessToken);
    const [, payload = "", signature = ""] = accessToken.split(".") as string[];
    const hmac = (key: string, text: string): string =>
      createHmac("sha256", key).update(text).digest("base64url");
    const forged = [
      ...["none", "None", "NONE", "HS384", "RS256", "ES256"].flatMap((alg) => {
        const start = `${part({ alg, typ: "JWT" })}.${payload}`;
        return [`${start}.`, `${start}.${signature}`, `${start}.${hmac("", start)}`];
      }),
      ...[
        { alg: "HS256", typ: "JWT", kid: "/dev/null" },
        { alg: "HS256", typ: "JWT", jwk: { kty: "oct", k: "" } },
        { alg: "HS256", typ: "JWT" },
      ].map((header) => {
        const start = `${part(header)}.${payload}`;
        return `${start}.${hmac("", start)}`;
      }),
    ];
    for (const token of forged)
      expectProblem(await call("/v1/self", { authorization: bearer(token) }), "auth.required");
    expect(claims["org"]).toBe(cloud.organization);
  });

  test("whose claims were changed is no credentials, whatever they say", async () => {
    const { accessToken } = await signIn();
    const [header = "", , signature = ""] = accessToken.split(".") as string[];
    const claims = claimsOf(accessToken);
    for (const change of [
      { sub: "1" },
      { org: mallory.organization },
      { exp: 9_999_999_999 },
      { aud: "deepstream" },
      { cv: 2 },
    ]) {
      const token = `${header}.${part({ ...claims, ...change })}.${signature}`;
      expectProblem(await call("/v1/self", { authorization: bearer(token) }), "auth.required");
    }
  });

  test("ends with its time, however it is repeated", async () => {
    const { accessToken } = await signIn();
    cloud.deps.clock.advance(limits.accessTokenLifeMs);
    expectProblem(await call("/v1/self", { authorization: bearer(accessToken) }), "auth.required");
  });
});

describe("an oversized login", () => {
  test.each([
    ["a long login", { login: "x".repeat(200_000), password }],
    ["a long password", { login: "ann", password: "x".repeat(200_000) }],
  ])("with %s is refused before any work", async (_, body) => {
    const answer = await call("/v1/sessions", { body });
    expect([400, 401]).toContain(answer.status);
    const authorization = basicOf(body.login, body.password);
    expectProblem(await call("/v1/self", { authorization }), "auth.required");
  });

  test("beyond the limit of bodies is not read", async () => {
    const body = { login: "ann", password: "x".repeat(limits.bodyBytesMax) };
    expectProblem(await call("/v1/sessions", { body }), "input.too-large");
  });
});

describe("a flood of logins", () => {
  test("from one address is held off, and hits nobody elsewhere", async () => {
    const { login } = await cloud.addUser({ accessLevel: "admin", password });
    const as = `${cloud.organization}/${login}`;
    const home = clientAt(cloud, "203.0.113.50");
    await signIn(home, as);
    const flood = clientAt(cloud, "203.0.113.51");
    const answers: Answer[] = [];
    for (let at = 0; at < 3 * limits.loginFailuresMax; at += 1)
      answers.push(await flood("/v1/sessions", { body: { login: as, password: `guess ${at}` } }));
    const tried = answers.filter(({ status }) => status === 401);
    expect(tried).toHaveLength(limits.loginFailuresMax);
    expect(answers.at(-1)?.status).toBe(429);
    await signIn(home, as);
  });

  test("from many addresses ends in a bound on guesses, and its owner comes in as ever", async () => {
    const { login } = await cloud.addUser({ accessLevel: "admin", password });
    const as = `${cloud.organization}/${login}`;
    const home = clientAt(cloud, "203.0.113.60");
    await signIn(home, as);
    let guesses = 0;
    for (let host = 0; host < 2 * limits.strangerFailuresMax; host += 1) {
      const stranger = clientAt(cloud, `198.51.${100 + (host >> 8)}.${host & 255}`);
      const body = { login: as, password: `guess ${host}` };
      if ((await stranger("/v1/sessions", { body })).status === 401) guesses += 1;
    }
    expect(guesses).toBe(limits.strangerFailuresMax);
    await signIn(home, as);
  });
});
