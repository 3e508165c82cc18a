/** Whoever calls, as they see and change themselves. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { addPerson, basic, loginOf, password } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let site: number;
beforeAll(async () => {
  cloud = await startCloud();
  site = await cloud.addSite();
});
afterAll(() => cloud.close());

const other = "battery staple";
const own = (current: string, next = other) => ({
  method: "PUT",
  body: { current, password: next },
});

describe("whoever calls", () => {
  test("with a login sees all that is theirs, but no note and no hash", async () => {
    const person = await addPerson(cloud, {
      ...{ fullName: "Ann", email: "a@b", note: "difficult", sites: { [site]: ["member"] } },
    });
    const { body, headers, text } = await person.call("/v1/self");
    expect(body).toEqual({
      ...{ id: person.user.id, login: person.user.login, fullName: "Ann", email: "a@b" },
      ...{ phone: "", locale: "", accessLevel: "generic", sites: { [site]: ["member"] } },
      ...{ readonly: false, token: null, revision: 1 },
    });
    expect(headers.get("etag")).toBe('"1"');
    expect(text).not.toMatch(/scrypt|difficult/);
  });

  test("with a token sees whose it is, what it is, and only where it counts", async () => {
    const elsewhere = await cloud.addSite();
    const sites = { [site]: ["member"], [elsewhere]: ["edit-streams"] } as const;
    const person = await addPerson(cloud, { fullName: "Ann", email: "a@b", phone: "1", sites });
    const token = await person.token(["streams:read"], { site: elsewhere });
    const { body } = await cloud.call("/v1/self", { token });
    expect(body).toMatchObject({ id: person.user.id, sites: { [elsewhere]: ["edit-streams"] } });
    expect(body.token).toMatchObject({ name: "script", scopes: ["streams:read"], site: elsewhere });
    for (const name of ["fullName", "email", "phone"]) expect(body).not.toHaveProperty(name);
    expect(Object.keys(body.sites)).toEqual([String(elsewhere)]);
  });

  test("changes what they say of themselves, and nothing else", async () => {
    const person = await addPerson(cloud);
    const patch = (body: object, headers: Record<string, string> = {}) =>
      person.call("/v1/self", { method: "PATCH", body, headers });
    const { body } = await patch({ fullName: "Ann", email: "a@b" }, { "if-match": '"1"' });
    expect(body).toMatchObject({ fullName: "Ann", email: "a@b", revision: 2 });
    expectProblem(await patch({ phone: "1" }, { "if-match": '"1"' }), "user.changed");
    for (const wrong of [
      { accessLevel: "admin" },
      { sites: { [site]: ["member"] } },
      { readonly: false },
      { disabled: false },
      { note: "x" },
      { maxSessions: 0 },
      { login: "x" },
      { password },
    ])
      expectProblem(await patch(wrong), "input.invalid");
  });

  test("changes nothing with a token that may not change users", async () => {
    const { token } = (
      await cloud.call("/v1/tokens", { body: { name: "x", scopes: ["streams:read"] } })
    ).body;
    const patch = { method: "PATCH", body: { phone: "1" }, token };
    expectProblem(await cloud.call("/v1/self", patch), "auth.forbidden");
    const put = await cloud.call("/v1/self/password", { ...own(password), token });
    expectProblem(put, "auth.forbidden");
  });

  test("changes nothing when they may not change what is their own", async () => {
    const person = await addPerson(cloud, { readonly: true });
    const patch = { method: "PATCH", body: { phone: "1" } };
    expectProblem(await person.call("/v1/self", patch), "user.readonly");
    expectProblem(await person.call("/v1/self/password", own(password)), "user.readonly");
    expect((await person.call("/v1/self")).body).toMatchObject({ readonly: true, revision: 1 });
  });

  test("who may not change their own does not do it as a user among users", async () => {
    const person = await addPerson(cloud, { accessLevel: "admin", readonly: true });
    const at = `/v1/users/${person.user.id}`;
    for (const call of [{ method: "PATCH", body: { readonly: false } }, { method: "DELETE" }])
      expectProblem(await person.call(at, call), "user.readonly");
  });
});

describe("one's own password", () => {
  test("changes with the current one: the old one ends at once", async () => {
    const person = await addPerson(cloud);
    expect((await person.call("/v1/self/password", own(password))).status).toBe(204);
    expectProblem(await person.call("/v1/self"), "auth.required");
    const headers = basic(loginOf(person.user), other);
    expect((await cloud.call("/v1/self", { token: "", headers })).body.revision).toBe(2);
  });

  test("stays without the current one, with one that is too short, or that is the login", async () => {
    const person = await addPerson(cloud, { login: "ann-of-the-gate" });
    const put = (call: object) => person.call("/v1/self/password", call);
    expectProblem(await put(own("wrong horse")), "user.password-wrong");
    expectProblem(await put(own(password, "short")), "input.invalid");
    expectProblem(await put(own(password, "ann-of-the-gate")), "input.invalid");
    expect((await person.call("/v1/self")).body.revision).toBe(1);
  });

  test("cannot be guessed with a token: wrong ones count as failed logins", async () => {
    const person = await addPerson(cloud, { accessLevel: "admin" });
    const token = await person.token(["*"]);
    const put = (current: string) => cloud.call("/v1/self/password", { ...own(current), token });
    const codes: string[] = [];
    for (let at = 0; at < 12; at += 1) codes.push(String((await put(`guess ${at}`)).body.code));
    expect(codes.filter((code) => code === "auth.throttled").length).toBeGreaterThan(0);
    expectProblem(await put(password), "auth.throttled");
  });

  test("is changed once by two who do it at once", async () => {
    const person = await addPerson(cloud);
    const answers = await Promise.all(
      ["one horse!", "two horses"].map((next) =>
        person.call("/v1/self/password", own(password, next)),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    // The second comes to a password that is another one by then, or to credentials that have ended.
    expect(statuses[0]).toBe(204);
    expect([401, 403]).toContain(statuses[1]);
  });
});
