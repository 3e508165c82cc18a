/** The first admin of an installation: made once, a user like any other from then on. */
import { tellingOfAccess, watchFirstAdmin } from "@sightline/all-in-one/first-admin";
import { hashToken, newTokenText } from "@sightline/core/access/authenticate";
import { createFirstOrganization } from "@sightline/core/access/bootstrap";
import { DomainError } from "@sightline/contracts/errors";
import { createApp } from "@sightline/functions/http/app";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Call } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { basic } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let organization: { id: string; name: string };
let admin: { login: string; password: string; token: string };

const unavailable = () => new DomainError("store.unavailable", "the database does not answer");
const start = () => createFirstOrganization(cloud.deps, organization, admin);

beforeEach(async () => {
  // An installation has one first organization.
  cloud = await startCloud();
  const { ids } = cloud.deps;
  organization = { id: ids.next("organization"), name: "local" };
  admin = { login: freshName("admin"), password: ids.secret(), token: newTokenText(ids) };
  await start();
});
afterEach(() => cloud.close());

const byToken = (route = "/v1/sites", call: Omit<Call, "token"> = {}) =>
  cloud.call(route, { ...call, token: admin.token });
const byLogin = (password = admin.password) =>
  cloud.call("/v1/self", { token: "", headers: basic(admin.login, password) });
const ownToken = async (): Promise<string> => {
  const { body } = await byToken("/v1/self");
  return `/v1/tokens/${body.token.id}`;
};

describe("after another start", () => {
  test("the first admin is let in as before, by both", async () => {
    await start();
    expect((await byToken()).status).toBe(200);
    expect((await byLogin()).body).toMatchObject({ id: 1, accessLevel: "admin" });
  });

  test("a token that was revoked stays so", async () => {
    expect((await byToken(await ownToken(), { method: "DELETE" })).status).toBe(204);
    await start();
    expectProblem(await byToken(), "auth.required");
    expect((await byLogin()).status).toBe(200);
  });

  test("a token that was rotated stays so", async () => {
    const { body } = await byToken(`${await ownToken()}/rotate`, { method: "POST" });
    await start();
    expectProblem(await byToken(), "auth.required");
    expect((await cloud.call("/v1/sites", { token: body.token })).status).toBe(200);
  });

  test("a password that was changed stays so", async () => {
    const body = { current: admin.password, password: "another horse" };
    const headers = basic(admin.login, admin.password);
    const put = await cloud.call("/v1/self/password", { method: "PUT", body, headers, token: "" });
    expect(put.status).toBe(204);
    await start();
    expectProblem(await byLogin(), "auth.required");
    expect((await byLogin("another horse")).status).toBe(200);
  });

  test("an admin who was removed, disabled or made generic stays so", async () => {
    const body = { login: freshName("second"), password: "another horse", accessLevel: "admin" };
    await byToken("/v1/users", { body });
    const second = basic(body.login, body.password);
    const change = (call: object) =>
      cloud.call(`/v1/users/${admin.login}`, { ...call, headers: second, token: "" });
    const patched = await change({ method: "PATCH", body: { accessLevel: "generic" } });
    expect(patched.status).toBe(200);
    await start();
    expectProblem(await byToken("/v1/users"), "auth.forbidden");
    await change({ method: "PATCH", body: { disabled: true } });
    await start();
    expectProblem(await byToken(), "auth.required");
    expect((await change({ method: "DELETE" })).status).toBe(204);
    await start();
    for (const answer of [await byToken(), await byLogin()]) expectProblem(answer, "auth.required");
    expect(await cloud.deps.store.users.findByLogin(admin.login)).toBeUndefined();
  });
});

test.each(["users", "tokens"] as const)(
  "a first start that died after its %s is completed by the next one",
  async (last) => {
    const other = await startCloud();
    try {
      const { store } = other.deps;
      const dying = () => Promise.reject(new Error("power cut"));
      const organizations = { ...store.organizations, create: dying };
      const tokens = last === "users" ? { ...store.tokens, create: dying } : store.tokens;
      const deps = { ...other.deps, store: { ...store, organizations, tokens } };
      const died = createFirstOrganization(deps, organization, admin);
      await expect(died).rejects.toThrow("power cut");
      await createFirstOrganization(other.deps, organization, admin);
      expect((await other.call("/v1/sites", { token: admin.token })).status).toBe(200);
      expect((await store.users.findByLogin(admin.login))?.id).toBe(1);
    } finally {
      await other.close();
    }
  },
);

describe("what is shown of the first credentials", () => {
  test("is both, then what still counts, then the login alone", async () => {
    const shown = watchFirstAdmin(cloud.deps, admin);
    const { login, password, token } = admin;
    expect(await shown()).toEqual({ login, password, token });
    const { store } = cloud.deps;
    const user = (await store.users.findByLogin(login))!;
    const changed = { ...user, passwordHash: "none", credentialVersion: 2, revision: 2 };
    await store.users.change(user, changed);
    expect(await shown()).toEqual({ login, token });
    await byToken(await ownToken(), { method: "DELETE" });
    expect(await shown()).toEqual({ login });
  });

  test("is the login alone while the admin is disabled, and when somebody else has it", async () => {
    const shown = watchFirstAdmin(cloud.deps, admin);
    const { store } = cloud.deps;
    const user = (await store.users.findByLogin(admin.login))!;
    await cloud.addUser({ organization: organization.id, accessLevel: "admin" });
    const disabled = { ...user, disabled: true, revision: 2 };
    await store.users.change(user, disabled);
    expect(await shown()).toEqual({ login: admin.login });
    await store.users.delete(disabled, admin.login);
    await cloud.addUser({ organization: organization.id, login: admin.login });
    expect(await shown()).toEqual({ login: admin.login });
  });

  test("stays as it was while the database is away", async () => {
    const { store } = cloud.deps;
    let isAway = false;
    const find = (hash: string) =>
      isAway ? Promise.reject(unavailable()) : store.tokens.find(hash);
    const deps = { ...cloud.deps, store: { ...store, tokens: { ...store.tokens, find } } };
    const shown = watchFirstAdmin(deps, admin);
    expect(await shown()).toMatchObject({ token: admin.token });
    isAway = true;
    expect(await shown()).toMatchObject({ token: admin.token });
  });
});

test("whoever shows them is told when they can have ended", async () => {
  let told = 0;
  const store = tellingOfAccess(cloud.deps.store, () => (told += 1));
  const app = createApp({ ...cloud.deps, store });
  const send = (route: string, method: string, body?: object) =>
    app.request(route, {
      method,
      headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
  await send("/v1/self", "GET");
  expect(told).toBe(0);
  const rotated = await send(`${await ownToken()}/rotate`, "POST");
  expect([rotated.status, told]).toEqual([201, 1]);
  expect(await store.tokens.find(hashToken(admin.token))).toBeUndefined();
  const { token } = (await rotated.json()) as { token: string };
  admin = { ...admin, token };
  await send("/v1/self", "PATCH", { phone: "1" });
  expect(told).toBe(2);
  await send(await ownToken(), "DELETE");
  expect(told).toBe(3);
});
