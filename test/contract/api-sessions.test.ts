/** Sessions over `/v1`: signing in, refresh tokens that count once, and endings that count at once. */
import { limits } from "@sightline/contracts/limits";
import type { User } from "@sightline/core/user/user";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { basicOf, clientAt, type Client } from "../support/client-at.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { expectProblem } from "../support/problem.ts";

const address = "203.0.113.7";
const password = "correct horse";
let cloud: Cloud;
let call: Client;

beforeAll(async () => {
  cloud = await startCloud();
  call = clientAt(cloud, address);
});
afterAll(() => cloud.close());

const newUser = (some: Partial<User> = {}): Promise<User> =>
  cloud.addUser({ accessLevel: "admin", password, ...some });
const loginOf = ({ organization, login }: User): string => `${organization}/${login}`;
const signIn = (user: User): Promise<Answer> =>
  call("/v1/sessions", { body: { login: loginOf(user), password } });
const refresh = (refreshToken: string): Promise<Answer> =>
  call("/v1/sessions/refresh", { body: { refreshToken } });
const withToken = (token: string, route = "/v1/sites", method = "GET"): Promise<Answer> =>
  call(route, { method, authorization: `Bearer ${token}` });
const change = async (user: User, some: Partial<User>): Promise<void> => {
  const { store } = cloud.deps;
  const before = await store.users.get(user.organization, user.id);
  if (!before) throw new TypeError("the user is gone");
  const next = { ...before, ...some, revision: before.revision + 1 };
  expect(await store.users.change(before, next)).toBe(true);
};

describe("signing in", () => {
  test("gives an access token for minutes and a refresh token, by body or Basic", async () => {
    const user = await newUser();
    const nowMs = cloud.deps.clock.nowMs();
    const byBasic = await call("/v1/sessions", {
      method: "POST",
      authorization: basicOf(loginOf(user), password),
    });
    for (const answer of [await signIn(user), byBasic]) {
      expect(answer.status).toBe(201);
      const { id, accessToken, expiresAtMs, refreshToken, sessionExpiresAtMs } = answer.body;
      expect(id).toMatch(/^ses_/);
      expect(answer.headers.get("location")).toBe(`/v1/sessions/${id}`);
      expect(accessToken).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(refreshToken).toMatch(/^slr_/);
      expect(Math.abs(expiresAtMs - nowMs - limits.accessTokenLifeMs)).toBeLessThan(10_000);
      expect(Math.abs(sessionExpiresAtMs - nowMs - limits.sessionLifeMs)).toBeLessThan(10_000);
      expect((await withToken(accessToken)).status).toBe(200);
    }
  });

  test("keeps neither token, nor writes one into the log", async () => {
    const user = await newUser();
    const { accessToken, refreshToken, id } = (await signIn(user)).body;
    const stored = await cloud.deps.store.sessions.get(user.organization, user.id, id);
    expect(JSON.stringify(stored)).not.toContain(refreshToken.slice(4, 40));
    await refresh(refreshToken);
    await refresh(refreshToken);
    const logged = cloud.logged.join("");
    expect(logged).toContain(id);
    for (const text of [accessToken, refreshToken]) expect(logged).not.toContain(text);
  });

  test("is refused as one thing, whatever is wrong", async () => {
    const user = await newUser();
    const disabled = await newUser({ disabled: true });
    const login = loginOf(user);
    for (const body of [
      { login, password: "wrong" },
      { login: `${user.organization}/nobody`, password },
      { login: "nobody/at-all", password },
      { login: user.login, password },
      { login: loginOf(disabled), password },
    ]) {
      const answer = await call("/v1/sessions", { body });
      expectProblem(answer, "auth.required");
      expect(answer.body.detail).toBe("the credentials are not valid");
    }
  });

  test.each([
    [{}],
    [{ login: "a" }],
    [{ password: "a" }],
    [{ login: "", password: "a" }],
    [{ login: "a", password: "" }],
    [{ login: "a".repeat(129), password }],
    [{ login: "a", password: "a".repeat(129) }],
    [{ login: "a".repeat(200_000), password }],
    [{ login: ["a"], password }],
    [{ login: "a", password, organization: "org_1" }],
  ])("takes no %j", async (body) => {
    expectProblem(await call("/v1/sessions", { body }), "input.invalid");
  });

  test.each([["Bearer slt_x"], ["Digest x"], ["Basic !"], ["Basic YTpi, Basic YTpi"], [""]])(
    "takes no %j in place of Basic, whatever the body",
    async (authorization) => {
      const user = await newUser();
      const body = { login: loginOf(user), password };
      expectProblem(await call("/v1/sessions", { body, authorization }), "auth.required");
    },
  );
});

describe("an access token", () => {
  test("ends after minutes, its session goes on", async () => {
    const { accessToken, refreshToken } = (await signIn(await newUser())).body;
    cloud.letPass(limits.accessTokenLifeMs);
    expectProblem(await withToken(accessToken), "auth.required");
    const next = await refresh(refreshToken);
    expect(next.status).toBe(201);
    expect((await withToken(next.body.accessToken)).status).toBe(200);
  });

  test("may what its user may now", async () => {
    const user = await newUser();
    const { accessToken } = (await signIn(user)).body;
    expect((await withToken(accessToken, "/v1/audit")).status).toBe(200);
    await change(user, { accessLevel: "generic" });
    expectProblem(await withToken(accessToken, "/v1/audit"), "auth.forbidden");
  });

  test("is no refresh token, and counts with the native API only", async () => {
    const { accessToken } = (await signIn(await newUser())).body;
    expectProblem(await refresh(accessToken), "auth.required");
    expectProblem(await refresh(`slr_${accessToken}`), "auth.required");
    const box = await cloud.addBox();
    const route = `/devices/${box.device}/deepstream/api/v1/health/get-dsready-state`;
    const admin = await cloud.addUser({ accessLevel: "admin", password });
    const answer = await withToken((await signIn(admin)).body.accessToken, route);
    expect(answer.status).toBe(403);
  });

  test("of a user of another organization reaches nothing of this one", async () => {
    const site = await cloud.addSite();
    const { organization } = await cloud.addOrganization();
    const other = await cloud.addUser({ organization, accessLevel: "admin", password });
    const { accessToken } = (await signIn(other)).body;
    expect((await withToken(accessToken)).body.items).toEqual([]);
    expectProblem(await withToken(accessToken, `/v1/sites/${site}`), "site.not-found");
  });
});

describe("a refresh token", () => {
  test("is good for nothing but the next pair", async () => {
    const { refreshToken } = (await signIn(await newUser())).body;
    expectProblem(await withToken(refreshToken), "auth.required");
    expectProblem(await withToken(refreshToken, "/v1/sessions"), "auth.required");
    const authorization = basicOf("x", refreshToken);
    expectProblem(await call("/v1/sites", { authorization }), "auth.required");
    expect((await refresh(refreshToken)).status).toBe(201);
  });

  test("goes on and on, and the session slides with it", async () => {
    const user = await newUser();
    let pair = (await signIn(user)).body;
    for (let month = 0; month < 3; month += 1) {
      cloud.letPass(limits.sessionLifeMs - 60_000);
      const next = await refresh(pair.refreshToken);
      expect(next.status).toBe(201);
      expect(next.body.id).toBe(pair.id);
      pair = next.body;
    }
    cloud.letPass(limits.sessionLifeMs);
    expectProblem(await refresh(pair.refreshToken), "auth.required");
  });

  test("that is used twice ends the session, for whoever has its tokens", async () => {
    const first = (await signIn(await newUser())).body;
    const second = (await refresh(first.refreshToken)).body;
    expect((await withToken(second.accessToken)).status).toBe(200);
    expectProblem(await refresh(first.refreshToken), "session.reused");
    for (const { accessToken } of [first, second])
      expectProblem(await withToken(accessToken), "auth.required");
    expectProblem(await refresh(second.refreshToken), "auth.required");
    expectProblem(await refresh(first.refreshToken), "auth.required");
    const warned = cloud.logged.filter((line) => line.includes(first.id));
    expect(warned.join("")).toContain("came a second time");
  });

  test("of an early pair ends it as well, much later", async () => {
    const first = (await signIn(await newUser())).body;
    let last = first;
    for (let at = 0; at < 3; at += 1) last = (await refresh(last.refreshToken)).body;
    cloud.letPass(86_400_000);
    expectProblem(await refresh(first.refreshToken), "session.reused");
    expectProblem(await refresh(last.refreshToken), "auth.required");
  });

  test("that ten use at once gives one pair at most, and no session stays", async () => {
    const user = await newUser();
    const { refreshToken, id } = (await signIn(user)).body;
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken)));
    const pairs = answers.filter(({ status }) => status === 201);
    expect(pairs).toHaveLength(1);
    expect(answers.some(({ body }) => body.code === "session.reused")).toBe(true);
    expectProblem(await withToken(pairs[0]?.body.accessToken), "auth.required");
    expect(await cloud.deps.store.sessions.get(user.organization, user.id, id)).toBeUndefined();
  });

  test("that nobody has issued ends nothing", async () => {
    const user = await newUser();
    const { refreshToken, accessToken } = (await signIn(user)).body;
    const [body = "", signature = ""] = refreshToken.slice(4).split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as unknown[];
    const forged = Buffer.from(JSON.stringify([...claims.slice(0, 3), "x"])).toString("base64url");
    for (const given of [`slr_${forged}.${signature}`, `${refreshToken}x`, "slr_", "", "slr_a.b"])
      expectProblem(await refresh(given), "auth.required");
    expect((await withToken(accessToken)).status).toBe(200);
    expect((await refresh(refreshToken)).status).toBe(201);
  });
});

describe("a session", () => {
  test("is listed to its user and to nobody else, with the one that asks marked", async () => {
    const user = await newUser();
    const [one, two] = [(await signIn(user)).body, (await signIn(user)).body];
    await signIn(await newUser());
    const { items } = (await withToken(two.accessToken, "/v1/sessions")).body;
    expect(items).toEqual([
      expect.objectContaining({ id: one.id, current: false, originator: address }),
      expect.objectContaining({ id: two.id, current: true, originator: address }),
    ]);
    expect(JSON.stringify(items)).not.toMatch(/hash|slr_/i);
    const authorization = basicOf(loginOf(user), password);
    const page = (await call("/v1/sessions?limit=1", { authorization })).body;
    const next = await call(`/v1/sessions?limit=1&cursor=${page.next}`, { authorization });
    expect([...page.items, ...next.body.items].map(({ id }) => id)).toEqual([one.id, two.id]);
    // The cursor of somebody else.
    const other = (await signIn(await newUser())).body.accessToken;
    const stolen = await withToken(other, `/v1/sessions?limit=1&cursor=${page.next}`);
    expectProblem(stolen, "input.cursor-invalid");
  });

  test("counts no more with the request after it was ended", async () => {
    const user = await newUser();
    const [one, two] = [(await signIn(user)).body, (await signIn(user)).body];
    const end = (id: string) => withToken(one.accessToken, `/v1/sessions/${id}`, "DELETE");
    expect((await end(two.id)).status).toBe(204);
    expectProblem(await withToken(two.accessToken), "auth.required");
    expectProblem(await refresh(two.refreshToken), "auth.required");
    expectProblem(await end(two.id), "session.not-found");
    expect((await end("current")).status).toBe(204);
    expectProblem(await withToken(one.accessToken), "auth.required");
    expectProblem(await refresh(one.refreshToken), "auth.required");
  });

  test("of somebody else is not found, and goes on", async () => {
    const theirs = (await signIn(await newUser())).body;
    const { organization } = await cloud.addOrganization();
    const foreign = await cloud.addUser({ organization, accessLevel: "admin", password });
    for (const user of [await newUser(), foreign]) {
      const { accessToken } = (await signIn(user)).body;
      for (const id of [theirs.id, "ses_x", "current%00", "x".repeat(500)]) {
        const answer = await withToken(accessToken, `/v1/sessions/${id}`, "DELETE");
        expectProblem(answer, "session.not-found");
      }
    }
    expect((await withToken(theirs.accessToken)).status).toBe(200);
  });

  test("is nothing for an API token, and there is no current one by Basic", async () => {
    const user = await newUser();
    const { id, accessToken } = (await signIn(user)).body;
    const token = await cloud.addToken(["*"], user.organization, { user: user.id });
    expectProblem(await withToken(token, "/v1/sessions"), "auth.forbidden");
    for (const which of [id, "current"])
      expectProblem(await withToken(token, `/v1/sessions/${which}`, "DELETE"), "auth.forbidden");
    const authorization = basicOf(loginOf(user), password);
    const current = await call("/v1/sessions/current", { method: "DELETE", authorization });
    expectProblem(current, "session.not-found");
    expect((await withToken(accessToken)).status).toBe(200);
  });

  test("ends with the password", async () => {
    const user = await newUser();
    const { accessToken, refreshToken, id } = (await signIn(user)).body;
    await change(user, { credentialVersion: 2 });
    expectProblem(await withToken(accessToken), "auth.required");
    expectProblem(await refresh(refreshToken), "auth.required");
    expect(await cloud.deps.store.sessions.get(user.organization, user.id, id)).toBeUndefined();
    const next = (await signIn(user)).body;
    const { items } = (await withToken(next.accessToken, "/v1/sessions")).body;
    expect(items).toEqual([expect.objectContaining({ id: next.id, current: true })]);
  });

  test("ends with its user, disabled or gone", async () => {
    const [disabled, gone] = [await newUser(), await newUser()];
    const [first, second] = [(await signIn(disabled)).body, (await signIn(gone)).body];
    await change(disabled, { disabled: true });
    await cloud.deps.store.users.delete(gone, loginOf(gone));
    for (const { accessToken, refreshToken } of [first, second]) {
      expectProblem(await withToken(accessToken), "auth.required");
      expectProblem(await refresh(refreshToken), "auth.required");
    }
    for (const user of [disabled, gone]) expectProblem(await signIn(user), "auth.required");
    // Who is enabled again logs in again: the session was ended when it wanted to go on.
    await change(disabled, { disabled: false });
    expectProblem(await refresh(first.refreshToken), "auth.required");
    expectProblem(await withToken(first.accessToken), "auth.required");
  });
});

describe("a user with so many sessions at most", () => {
  test("loses the oldest one by the next", async () => {
    const user = await newUser({ maxSessions: 2 });
    const pairs = [];
    for (let at = 0; at < 4; at += 1) pairs.push((await signIn(user)).body);
    const statuses = [];
    for (const { accessToken } of pairs) statuses.push((await withToken(accessToken)).status);
    expect(statuses).toEqual([401, 401, 200, 200]);
    expectProblem(await refresh(pairs[0].refreshToken), "auth.required");
    // A refresh is no new session.
    expect((await refresh(pairs[2].refreshToken)).status).toBe(201);
    expect((await withToken(pairs[3].accessToken)).status).toBe(200);
  });

  test("has no more after 12 sign-ins at once, and one that works", async () => {
    const user = await newUser({ maxSessions: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn(user)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201));
    const { items } = await cloud.deps.store.sessions.list(user.organization, user.id, {
      rows: 100,
    });
    expect(items).toHaveLength(3);
    const checks = answers.map(({ body }) => withToken(body.accessToken));
    const alive = (await Promise.all(checks)).filter(({ status }) => status === 200);
    expect(alive).toHaveLength(3);
  });

  test("has any number when it is 0", async () => {
    const user = await newUser();
    for (let at = 0; at < 12; at += 1) expect((await signIn(user)).status).toBe(201);
    const { accessToken } = (await signIn(user)).body;
    expect((await withToken(accessToken, "/v1/sessions")).body.items).toHaveLength(13);
  });
});

test("what a session begins and ends with stands in the audit log, without a secret", async () => {
  const user = await newUser();
  const { accessToken, id, refreshToken } = (await signIn(user)).body;
  const next = (await refresh(refreshToken)).body;
  await withToken(next.accessToken, `/v1/sessions/${id}`, "DELETE");
  const admin = (await signIn(await newUser())).body.accessToken;
  const { text, body } = await withToken(admin, `/v1/audit?actor=${user.id}`);
  const operations = body.items.map(({ operation }: { operation: string }) => operation);
  expect(operations).toEqual(["DELETE /v1/sessions/:session", "POST /v1/sessions"]);
  for (const secret of [password, accessToken, refreshToken]) expect(text).not.toContain(secret);
});

test("that a session was ended for a token that came twice stands there, too", async () => {
  const user = await newUser();
  const { refreshToken } = (await signIn(user)).body;
  for (let at = 0; at < 3; at += 1) await refresh(refreshToken);
  const admin = (await signIn(await newUser())).body.accessToken;
  const { items } = (await withToken(admin, `/v1/audit?actor=${user.id}`)).body;
  expect(items).toMatchObject([
    { operation: "POST /v1/sessions/refresh", status: 401, actor: { name: user.login } },
    { operation: "POST /v1/sessions", status: 201 },
  ]);
});
