/** Members of sites over `/v1`: who may say who may what there. */
import { sitePermissions, type SitePermission } from "@sightline/core/access/principal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { addPerson, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let site: number;
let elsewhere: number;
/** Looks after the users of `site`, and edits its streams. */
let keeper: Person;
beforeAll(async () => {
  cloud = await startCloud();
  [site, elsewhere] = [await cloud.addSite(), await cloud.addSite()];
  keeper = await addPerson(cloud, { sites: { [site]: ["edit-streams", "edit-users"] } });
});
afterAll(() => cloud.close());

type Caller = Pick<Person, "call">;
const at = (user: number | string, of = site) => `/v1/sites/${of}/members/${user}`;
const put = (by: Caller, path: string, permissions: readonly string[]): Promise<Answer> =>
  by.call(path, { method: "PUT", body: { permissions } });
const remove = (by: Caller, user: number | string, of = site): Promise<Answer> =>
  by.call(at(user, of), { method: "DELETE" });
const member = (...grants: readonly SitePermission[]) =>
  cloud.addUser({ sites: { [site]: grants.length === 0 ? ["member"] : grants } });
const grantsOf = async (user: number) =>
  (await cloud.deps.store.users.get(cloud.organization, user))?.sites;

describe("an admin", () => {
  test("gives permissions, changes and takes them, and the list tells", async () => {
    const of = await cloud.addSite();
    const user = await cloud.addUser({ fullName: "Ann" });
    const made = await put(cloud, at(user.id, of), ["view-stats", "member", "member"]);
    expect([made.status, made.body]).toEqual([
      200,
      {
        ...{ user: user.id, login: user.login, fullName: "Ann", disabled: false, owner: false },
        permissions: ["member", "view-stats"],
      },
    ]);
    const listed = await cloud.call(`/v1/sites/${of}/members`);
    expect(listed.body).toEqual({ items: [made.body] });
    expect((await put(cloud, at(user.login, of), ["edit-streams"])).body.permissions).toEqual([
      "edit-streams",
    ]);
    expect(await grantsOf(user.id)).toEqual({ [of]: ["edit-streams"] });
    expect((await remove(cloud, user.id, of)).status).toBe(204);
    expectProblem(await remove(cloud, user.id, of), "member.not-found");
    expect((await cloud.call(`/v1/sites/${of}/members`)).body).toEqual({ items: [] });
  });

  test("changes nothing by giving the same again", async () => {
    const { id } = await member("member", "view-stats");
    await put(cloud, at(id), ["view-stats", "member"]);
    const user = await cloud.deps.store.users.get(cloud.organization, id);
    expect(user?.revision).toBe(1);
  });

  test.each([
    {},
    { permissions: [] },
    { permissions: ["admin"] },
    { permissions: "member" },
    { permissions: ["member"], site: 1 },
  ])("does not give %j", async (body) => {
    const { id } = await member();
    const answer = await cloud.call(at(id), { method: "PUT", body });
    expectProblem(answer, "input.invalid");
  });

  test("finds no user and no site that is not there, or is another organization's", async () => {
    const other = await cloud.addOrganization();
    const theirs = await cloud.addSite(other.token);
    const { id } = await cloud.addUser();
    expectProblem(await put(cloud, at(999_999), ["member"]), "user.not-found");
    expectProblem(await put(cloud, at(id, 999_999), ["member"]), "site.not-found");
    const stranger = { method: "PUT", body: { permissions: ["member"] }, token: other.token };
    expectProblem(await cloud.call(at(id, theirs), stranger), "user.not-found");
  });

  test("leaves the owner every permission", async () => {
    const of = await cloud.addSite();
    const { id } = await cloud.addUser();
    await cloud.call(`/v1/sites/${of}`, { method: "PATCH", body: { owner: id } });
    expectProblem(await put(cloud, at(id, of), ["member"]), "member.is-owner");
    expectProblem(await remove(cloud, id, of), "member.is-owner");
    expect((await put(cloud, at(id, of), sitePermissions)).body.owner).toBe(true);
  });

  test("keeps both of two changes that are made at once", async () => {
    const { id } = await cloud.addUser();
    const answers = await Promise.all([
      put(cloud, at(id), ["member"]),
      put(cloud, at(id, elsewhere), ["view-stats"]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await grantsOf(id)).toEqual({ [site]: ["member"], [elsewhere]: ["view-stats"] });
  });
});

describe("whoever looks after the users of a site", () => {
  test("lists them, page by page, and nobody else", async () => {
    const of = await cloud.addSite();
    const own = await addPerson(cloud, { sites: { [of]: ["edit-users"] } });
    const others = [];
    for (let n = 0; n < 4; n += 1) {
      others.push(await cloud.addUser({ sites: { [of]: ["member"] } }));
      await cloud.addUser({ sites: { [elsewhere]: ["member"] } });
    }
    const logins = [own.user, ...others].map(({ login }) => login).toSorted();
    const found: string[] = [];
    let cursor = "";
    do {
      const { body } = await own.call(`/v1/sites/${of}/members?limit=2${cursor}`);
      found.push(...body.items.map(({ login }: { login: string }) => login));
      if (body.next !== undefined)
        expect(Buffer.from(body.next, "base64url").toString()).toContain(found.at(-1));
      cursor = body.next === undefined ? "" : `&cursor=${body.next}`;
    } while (cursor !== "");
    expect(found).toEqual(logins);
    expectProblem(await own.call(`/v1/sites/${elsewhere}/members`), "site.not-found");
  });

  test("gives what they may themselves, and takes it", async () => {
    const { id } = await member();
    for (const grants of [["edit-streams"], ["member", "view-stats"], ["edit-users"]])
      expect((await put(keeper, at(id), grants)).status).toBe(200);
    expect((await remove(keeper, id)).status).toBe(204);
  });

  test.each([["view-persons-lists"], ["member", "edit-persons-lists"]])(
    "gives nothing that they may not: %j %j",
    async (...grants) => {
      const { id } = await member();
      expectProblem(await put(keeper, at(id), grants.filter(Boolean)), "auth.forbidden");
      expect(await grantsOf(id)).toEqual({ [site]: ["member"] });
      expectProblem(await put(keeper, at(keeper.user.id), sitePermissions), "auth.forbidden");
    },
  );

  test("takes nothing from somebody who may more there", async () => {
    const { id } = await member("member", "edit-persons-lists");
    expectProblem(await put(keeper, at(id), ["member"]), "auth.forbidden");
    expectProblem(await remove(keeper, id), "auth.forbidden");
  });

  test("changes no admin, be they a member or not", async () => {
    const sites = { [site]: ["member"] as const };
    const admin = await cloud.addUser({ accessLevel: "admin", sites });
    expectProblem(await put(keeper, at(admin.id), ["view-stats"]), "auth.forbidden");
    expectProblem(await remove(keeper, admin.id), "auth.forbidden");
    expectProblem(await put(keeper, at(1), ["member"]), "user.not-found");
  });

  test("does not find users of other sites, nor other sites", async () => {
    const stranger = await cloud.addUser({ sites: { [elsewhere]: ["member"] } });
    const nobody = await put(keeper, at(999_999), ["member"]);
    for (const key of [stranger.id, stranger.login]) {
      const answer = await put(keeper, at(key), ["member"]);
      expectProblem(answer, "user.not-found");
      expect(Object.keys(answer.body)).toEqual(Object.keys(nobody.body));
    }
    const { id } = await member();
    expectProblem(await put(keeper, at(id, elsewhere), ["member"]), "site.not-found");
    expectProblem(await remove(keeper, stranger.id, elsewhere), "site.not-found");
  });
});

describe("nobody else", () => {
  const rest = sitePermissions.filter((permission) => permission !== "edit-users");

  test("lists or changes members, with every other permission there", async () => {
    const person = await addPerson(cloud, { sites: { [site]: rest } });
    const { id } = await member();
    expectProblem(await person.call(`/v1/sites/${site}/members`), "auth.forbidden");
    expectProblem(await put(person, at(id), ["member"]), "auth.forbidden");
    expectProblem(await remove(person, id), "auth.forbidden");
  });

  test("does where they have not what they have elsewhere", async () => {
    const sites = { [site]: ["member"], [elsewhere]: sitePermissions } as const;
    const person = await addPerson(cloud, { sites });
    const { id } = await member();
    expectProblem(await person.call(`/v1/sites/${site}/members`), "auth.forbidden");
    expectProblem(await put(person, at(id), ["member"]), "auth.forbidden");
    expect((await person.call(`/v1/sites/${elsewhere}/members`)).status).toBe(200);
  });
});

describe("a token", () => {
  test("gives no more than its scopes hold, whoever's it is", async () => {
    const { id } = await member();
    const token = await cloud.addToken(["users:write", "sites:read", "streams:read"]);
    const by = {
      call: (route: string, call: object = {}) => cloud.call(route, { ...call, token }),
    };
    expectProblem(await put(by, at(id), ["edit-streams"]), "auth.forbidden");
    expectProblem(await put(by, at(id), ["member"]), "auth.forbidden");
  });

  test("of a device is no tool for people", async () => {
    const { token } = (
      await cloud.call("/v1/tokens", {
        body: {
          ...{ name: "x", scopes: ["*"], audience: "api" },
          device: (await cloud.addBox()).device,
        },
      })
    ).body;
    const { id } = await member();
    const by = {
      call: (route: string, call: object = {}) => cloud.call(route, { ...call, token }),
    };
    expectProblem(await put(by, at(id), ["member"]), "auth.forbidden");
  });
});

test("what is given and taken counts from the next request on", async () => {
  const person = await addPerson(cloud);
  const look = () => person.call(`/v1/sites/${site}`);
  expectProblem(await look(), "auth.forbidden");
  await put(cloud, at(person.user.id), ["member"]);
  expect((await look()).status).toBe(200);
  await remove(cloud, person.user.id);
  expectProblem(await look(), "auth.forbidden");
});
