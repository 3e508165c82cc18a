/** Users over `/v1`, as an admin and as somebody who looks after the users of a site. */
import { loginOf as spelled } from "@sightline/core/user/login";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { addPerson, basic, loginOf, password, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
/** A site with a keeper, and one without. */
let site: number;
let elsewhere: number;
let keeper: Person;
beforeAll(async () => {
  cloud = await startCloud();
  site = await cloud.addSite();
  elsewhere = await cloud.addSite();
  keeper = await addPerson(cloud, { sites: { [site]: ["member", "edit-users"] } });
});
afterAll(() => cloud.close());

const newUser = (some: object = {}) => ({ login: freshName("user"), password, ...some });
const create = (some: object = {}) => cloud.call("/v1/users", { body: newUser(some) });
const member = () => cloud.addUser({ sites: { [site]: ["member"] } });
const stranger = () => cloud.addUser({ sites: { [elsewhere]: ["member"] } });

describe("a user", () => {
  test("is made with what is said, numbered, and logs in", async () => {
    const sites = { [site]: ["edit-streams", "member", "member"], [elsewhere]: [] };
    const given = { fullName: "Ann", email: "ann@example.com", locale: "de", note: "new\nhere" };
    const { status, body, headers } = await create({ ...given, sites, login: "Ann@Example.com" });
    expect(status).toBe(201);
    expect(body).toEqual({
      ...given,
      ...{ id: body.id, login: "ann@example.com", phone: "", accessLevel: "generic" },
      sites: { [site]: ["member", "edit-streams"] },
      ...{ disabled: false, readonly: false, maxSessions: 0, revision: 1 },
      ...{ createdAtMs: body.createdAtMs, updatedAtMs: body.createdAtMs },
    });
    expect(Number.isInteger(body.id)).toBe(true);
    expect(headers.get("location")).toBe(`/v1/users/${body.id}`);
    expect(headers.get("etag")).toBe('"1"');
    for (const login of ["ann@example.com", "ANN@example.COM"]) {
      const as = basic(`${cloud.organization}/${login}`, password);
      expect((await cloud.call("/v1/sites", { token: "", headers: as })).status).toBe(200);
    }
  });

  test("is found by number and by login, and nothing shows a hash", async () => {
    const { body } = await create();
    const shown = await cloud.call(`/v1/users/${body.id}`);
    expect(shown.body).toEqual(body);
    const byLogin = await cloud.call(`/v1/users/${body.login.toUpperCase()}`);
    expect(byLogin.body).toEqual(body);
    const listed = await cloud.call("/v1/users?limit=500");
    expect(listed.body.items).toContainEqual(body);
    for (const { text } of [shown, listed]) expect(text).not.toMatch(/scrypt|hash/i);
  });

  test.each(["0", "01", "999999", "1e3", "nobody", "a/b", "x:y", "slt_x", "%20"])(
    "is not found by %j",
    async (key) => {
      const at = `/v1/users/${key === "%20" ? key : encodeURIComponent(key)}`;
      expectProblem(await cloud.call(at), "user.not-found");
    },
  );

  test("has a login of their own, however it is spelled, and uses up no number in vain", async () => {
    const { body } = await create();
    for (const login of [body.login, body.login.toUpperCase()])
      expectProblem(await create({ login }), "user.login-taken");
    expect((await create()).body.id).toBe(body.id + 1);
  });

  test("has a login that another organization has, too", async () => {
    const { token } = await cloud.addOrganization();
    const { login } = (await create()).body;
    const theirs = await cloud.call("/v1/users", { body: newUser({ login }), token });
    expect(theirs.status).toBe(201);
    expect((await cloud.call(`/v1/users/${login}`, { token })).body).toEqual(theirs.body);
  });

  test.each([
    { login: "a/b" },
    { login: "a:b" },
    { login: "12" },
    { login: " a" },
    { login: "slt_a" },
    { login: "x".repeat(65) },
    { login: undefined },
    { password: "1234567" },
    { password: "x".repeat(129) },
    { password: undefined },
    { email: "nobody" },
    { locale: "German" + "x".repeat(8) },
    { accessLevel: "root" },
    { sites: { "1": ["admin"] } },
    { sites: { gate: ["member"] } },
    { sites: { "-1": ["member"] } },
    { maxSessions: -1 },
    { passwordHash: "scrypt$1$1$1$a$b" },
    { id: 1 },
    { organization: "org_1" },
    { credentialVersion: 9 },
  ])("cannot be %j", async (some) => {
    expectProblem(await create(some), "input.invalid");
  });

  test("has no password that is the login, nor a site that does not exist", async () => {
    const login = "ann-and-her-password";
    expectProblem(await create({ login, password: "Ann-And-Her-Password" }), "input.invalid");
    expectProblem(await create({ sites: { "999999": ["member"] } }), "site.not-found");
    const { id } = await member();
    const body = { sites: { "999999": ["member"] } };
    expectProblem(await cloud.call(`/v1/users/${id}`, { method: "PATCH", body }), "site.not-found");
  });

  test("is made once of 10 who ask at once", async () => {
    const login = freshName("user");
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ login })));
    const codes = answers.map(({ status, body }) => body.code ?? status);
    expect(codes.filter((code) => code === "user.login-taken")).toHaveLength(9);
    expect(codes).toContain(201);
  }, 20_000);
});

describe("a change", () => {
  const patch = (id: number, body: object, headers: Record<string, string> = {}) =>
    cloud.call(`/v1/users/${id}`, { method: "PATCH", body, headers });

  test("is a merge patch, with a revision that If-Match can name", async () => {
    const user = await cloud.addUser({ sites: { [site]: ["member"], [elsewhere]: ["member"] } });
    const body = { note: "x", phone: "1", sites: { [site]: ["edit-users"], [elsewhere]: null } };
    const changed = await patch(user.id, body, { "if-match": '"1"' });
    expect(changed.body).toMatchObject({ note: "x", phone: "1", revision: 2 });
    expect(changed.body.sites).toEqual({ [site]: ["edit-users"] });
    expect(changed.headers.get("etag")).toBe('"2"');
    expectProblem(await patch(user.id, { note: "y" }, { "if-match": '"1"' }), "user.changed");
    expect((await patch(user.id, { note: "x" })).body.revision).toBe(2);
    expect((await patch(user.id, { note: null })).body).toMatchObject({ note: "", revision: 3 });
  });

  test.each([{ login: "other" }, { password }, { id: 7 }, { revision: 9 }, { sites: { x: [] } }])(
    "cannot be %j",
    async (body) => expectProblem(await patch((await member()).id, body), "input.invalid"),
  );

  test("of many at once is lost by none", async () => {
    const { id } = await member();
    const fields = ["fullName", "phone", "note"] as const;
    const answers = await Promise.all(fields.map((field) => patch(id, { [field]: "x" })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await cloud.call(`/v1/users/${id}`);
    expect(body).toMatchObject({ fullName: "x", phone: "x", note: "x", revision: 4 });
  });

  test("counts from the next request on, by login and by token", async () => {
    const person = await addPerson(cloud, { sites: { [site]: ["member"] } });
    const token = await person.token(["streams:read"]);
    const both = async () => [
      (await person.call("/v1/streams")).status,
      (await cloud.call("/v1/streams", { token })).status,
    ];
    expect(await both()).toEqual([200, 200]);
    await patch(person.user.id, { sites: { [site]: ["edit-users"] } });
    expect(await both()).toEqual([403, 403]);
    await patch(person.user.id, { sites: { [site]: ["member"] }, disabled: true });
    expect(await both()).toEqual([401, 401]);
    await patch(person.user.id, { disabled: false });
    expect(await both()).toEqual([200, 200]);
  });
});

describe("a password given by somebody else", () => {
  const give = (user: number | string, given = "another horse") =>
    cloud.call(`/v1/users/${user}/password`, { method: "PUT", body: { password: given } });

  test("counts at once, and the old one no more; tokens stay", async () => {
    const person = await addPerson(cloud, { sites: { [site]: ["member"] } });
    const token = await person.token(["streams:read"]);
    expect((await person.call("/v1/streams")).status).toBe(200);
    expect((await give(person.user.id)).status).toBe(204);
    expectProblem(await person.call("/v1/streams"), "auth.required");
    const headers = basic(loginOf(person.user), "another horse");
    expect((await cloud.call("/v1/streams", { token: "", headers })).status).toBe(200);
    expect((await cloud.call("/v1/streams", { token })).status).toBe(200);
    const { credentialVersion } = (await cloud.deps.store.users.get(
      cloud.organization,
      person.user.id,
    ))!;
    expect(credentialVersion).toBe(2);
  });

  test.each(["short", "x".repeat(129)])("cannot be %j", async (given) => {
    expectProblem(await give((await member()).id, given), "input.invalid");
  });

  test("is not one's own, which takes the current one", async () => {
    expectProblem(await give(1), "auth.forbidden");
  });
});

describe("a user who is removed", () => {
  test("is let in no more, by login or token, and their number is not given again", async () => {
    const person = await addPerson(cloud, { sites: { [site]: ["member"] } });
    const token = await person.token(["streams:read"]);
    const at = `/v1/users/${person.user.id}`;
    const stale = { method: "DELETE", headers: { "if-match": '"7"' } };
    expectProblem(await cloud.call(at, stale), "user.changed");
    expect((await cloud.call(at, { method: "DELETE" })).status).toBe(204);
    expectProblem(await person.call("/v1/streams"), "auth.required");
    expectProblem(await cloud.call("/v1/streams", { token }), "auth.required");
    for (const method of ["GET", "DELETE"])
      expectProblem(await cloud.call(at, { method }), "user.not-found");
    const { items } = (await cloud.call("/v1/tokens?limit=500")).body;
    expect(items.filter((row: { user: number }) => row.user === person.user.id)).toEqual([]);
    const { body } = await create({ login: person.user.login });
    expect(body.id).toBeGreaterThan(person.user.id);
    expectProblem(await cloud.call("/v1/streams", { token }), "auth.required");
  });
});

describe("who looks after the users of a site", () => {
  test("finds them, and nobody else, whatever the number", async () => {
    const [own, other] = [await member(), await stranger()];
    expect((await keeper.call(`/v1/users/${own.id}`)).status).toBe(200);
    for (const key of [other.id, other.login, 1, 999_999]) {
      const bare = await keeper.call(`/v1/users/${key}`);
      expectProblem(bare, "user.not-found");
      for (const call of [{ method: "PATCH", body: { note: "x" } }, { method: "DELETE" }])
        expectProblem(await keeper.call(`/v1/users/${key}`, call), "user.not-found");
      const put = { method: "PUT", body: { password } };
      expectProblem(await keeper.call(`/v1/users/${key}/password`, put), "user.not-found");
    }
  });

  test("lists them, page by page, each once, and no page or cursor tells of others", async () => {
    const at = await cloud.addSite();
    const own = await addPerson(cloud, { sites: { [at]: ["edit-users"] } });
    for (const name of ["d", "b", "f"])
      await cloud.addUser({ login: freshName(name), sites: { [at]: ["member"] } });
    for (const name of ["a", "c", "e", "g"]) await cloud.addUser({ login: freshName(name) });
    const seen: string[] = [];
    let next = "";
    do {
      const { body } = await own.call(`/v1/users?limit=2${next && `&cursor=${next}`}`);
      seen.push(...body.items.map(({ login }: { login: string }) => login[0]));
      expect(body.items).toHaveLength(2);
      next = body.next ?? "";
      if (next) expect(Buffer.from(next, "base64url").toString()).toContain(body.items[1].login);
    } while (next);
    expect(seen).toEqual(["b", "d", "f", "u"]);
  });

  test("is not told where else a user may something", async () => {
    const { id, login } = await cloud.addUser({
      sites: { [site]: ["member"], [elsewhere]: ["edit-streams"] },
    });
    for (const key of [id, login])
      expect((await keeper.call(`/v1/users/${key}`)).body.sites).toEqual({ [site]: ["member"] });
    const { items } = (await keeper.call("/v1/users?limit=500")).body;
    const listed = items.find((user: { readonly id: number }) => user.id === id);
    expect(listed.sites).toEqual({ [site]: ["member"] });
    const { sites } = (await cloud.call(`/v1/users/${id}`)).body;
    expect(Object.keys(sites)).toEqual([site, elsewhere].map(String));
  });

  test("makes users of that site, and of no other, nor of none", async () => {
    const make = (sites: object) => keeper.call("/v1/users", { body: newUser({ sites }) });
    expect((await make({ [site]: ["member"] })).status).toBe(201);
    expectProblem(await make({ [elsewhere]: ["member"] }), "site.not-found");
    expectProblem(await make({ [site]: ["member"], [elsewhere]: ["member"] }), "site.not-found");
    expectProblem(await make({}), "auth.forbidden");
  });

  test("cannot change whoever has something elsewhere, too", async () => {
    const { id } = await cloud.addUser({ sites: { [site]: ["member"], [elsewhere]: ["member"] } });
    const at = `/v1/users/${id}`;
    expect((await keeper.call(at)).status).toBe(200);
    for (const call of [{ method: "PATCH", body: { disabled: true } }, { method: "DELETE" }])
      expectProblem(await keeper.call(at, call), "auth.forbidden");
    const put = { method: "PUT", body: { password } };
    expectProblem(await keeper.call(`${at}/password`, put), "auth.forbidden");
  });

  test("cannot take the last site of a user away, but remove them", async () => {
    const { id } = await member();
    const call = { method: "PATCH", body: { sites: { [site]: null } } };
    expectProblem(await keeper.call(`/v1/users/${id}`, call), "auth.forbidden");
    expect((await keeper.call(`/v1/users/${id}`, { method: "DELETE" })).status).toBe(204);
  });
});

test("logins are compared in one form", () => {
  expect(spelled("Ａnn")).toBe("ann");
});

describe("the organization", () => {
  const patch = (body: object, headers: Record<string, string> = {}) =>
    cloud.call("/v1/organization", { method: "PATCH", body, headers });

  test("is shown and changed", async () => {
    const { body, headers } = await cloud.call("/v1/organization");
    expect(body).toMatchObject({ id: cloud.organization, loginBlockMs: 60_000 });
    const etag = String(headers.get("etag"));
    const changed = await patch({ name: "Acme", loginBlockMs: 1_800_000 }, { "if-match": etag });
    expect(changed.body).toEqual({
      ...body,
      ...{ name: "Acme", loginBlockMs: 1_800_000, revision: body.revision + 1 },
    });
    expectProblem(await patch({ name: "B" }, { "if-match": etag }), "organization.changed");
    expect((await cloud.call("/v1/organization")).body).toEqual(changed.body);
  });

  test.each([
    { loginBlockMs: 0 },
    { loginBlockMs: 86_400_001 },
    { loginPrefix: "x/" },
    { name: "" },
  ])("cannot be %j", async (body) => expectProblem(await patch(body), "input.invalid"));

  test("is for admins who are bound to no site", async () => {
    expectProblem(await keeper.call("/v1/organization"), "auth.forbidden");
    const body = { name: "bound", scopes: ["*"], site };
    const { token } = (await cloud.call("/v1/tokens", { body })).body;
    expectProblem(await cloud.call("/v1/organization", { token }), "auth.forbidden");
  });
});
