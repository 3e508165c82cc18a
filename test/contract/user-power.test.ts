/** Nobody comes to more than they have: not by a grant, a password, a new user, or a token. */
import {
  permissions,
  sitePermissions,
  sitePermissionTable,
  type SitePermission,
} from "@sightline/core/access/principal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { addPerson, password, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let site: number;
let elsewhere: number;
beforeAll(async () => {
  cloud = await startCloud();
  site = await cloud.addSite();
  elsewhere = await cloud.addSite();
});
afterAll(() => cloud.close());

const newUser = (some: object = {}) => ({
  body: { login: freshName("user"), password, sites: { [site]: ["edit-users"] }, ...some },
});
const patch = (body: object) => ({ method: "PATCH", body });
const put = { method: "PUT", body: { password: "another horse" } };
const remove = { method: "DELETE" };
const userWith = (grants: readonly SitePermission[]) =>
  cloud.addUser({ sites: { [site]: grants } });

/** Everything that is given with the permission is given with the others, too. */
const isWithin = (grant: SitePermission, had: readonly SitePermission[]): boolean => {
  const may = had.flatMap((one): readonly string[] => sitePermissionTable[one]);
  return sitePermissionTable[grant].every((permission) => may.includes(permission));
};

describe.each([
  [["edit-users"]],
  [["member", "edit-users"]],
  [["edit-streams", "edit-users"]],
  [["edit-persons-lists", "edit-users"]],
] as [SitePermission[]][])("who has %j on a site", (had) => {
  let keeper: Person;
  beforeAll(async () => {
    keeper = await addPerson(cloud, { sites: { [site]: had } });
  });

  test.each(sitePermissions)("gives %s there only when they have all of it", async (grant) => {
    const sites = { [site]: ["edit-users", grant] };
    const allowed = isWithin(grant, had);
    const made = await keeper.call("/v1/users", newUser({ sites }));
    const { id } = await userWith(["edit-users"]);
    const changed = await keeper.call(`/v1/users/${id}`, patch({ sites }));
    if (allowed) return expect([made.status, changed.status]).toEqual([201, 200]);
    expectProblem(made, "auth.forbidden");
    expectProblem(changed, "auth.forbidden");
  });

  test.each(sitePermissions)(
    "changes a user with %s only when they have all of it",
    async (grant) => {
      const { id } = await userWith([grant]);
      const calls: [string, Omit<Call, "token">][] = [
        [`/v1/users/${id}`, patch({ note: "x" })],
        [`/v1/users/${id}/password`, put],
        [`/v1/users/${id}`, remove],
      ];
      const statuses = [];
      for (const [at, call] of calls) statuses.push((await keeper.call(at, call)).status);
      expect(statuses).toEqual(isWithin(grant, had) ? [200, 204, 204] : [403, 403, 403]);
    },
  );

  test("makes nobody an admin, themselves least", async () => {
    expectProblem(
      await keeper.call("/v1/users", newUser({ accessLevel: "admin" })),
      "auth.forbidden",
    );
    const { id } = await userWith(["edit-users"]);
    for (const user of [id, keeper.user.id])
      expectProblem(
        await keeper.call(`/v1/users/${user}`, patch({ accessLevel: "admin" })),
        "auth.forbidden",
      );
  });

  test("gives themselves nothing, there or elsewhere", async () => {
    const at = `/v1/users/${keeper.user.id}`;
    const more = await keeper.call(at, patch({ sites: { [site]: [...sitePermissions] } }));
    expectProblem(more, "auth.forbidden");
    const further = await keeper.call(at, patch({ sites: { [elsewhere]: ["edit-users"] } }));
    expectProblem(further, "site.not-found");
  });

  test("does nothing to an admin, even one who has a permission on the site", async () => {
    const { id } = await cloud.addUser({ accessLevel: "admin", sites: { [site]: ["edit-users"] } });
    for (const [at, call] of [
      [`/v1/users/${id}`, patch({ disabled: true })],
      [`/v1/users/${id}`, patch({ accessLevel: "generic" })],
      [`/v1/users/${id}/password`, put],
      [`/v1/users/${id}`, remove],
    ] as const)
      expectProblem(await keeper.call(at, call), "auth.forbidden");
  });
});

describe("a permission on a site where one may not write users", () => {
  test("is not given, changed or taken", async () => {
    const keeper = await addPerson(cloud, {
      sites: { [site]: ["member", "edit-users"], [elsewhere]: ["member"] },
    });
    const both = { [site]: ["member"], [elsewhere]: ["member"] };
    expectProblem(await keeper.call("/v1/users", newUser({ sites: both })), "auth.forbidden");
    const one = await userWith(["member"]);
    const give = patch({ sites: { [elsewhere]: ["member"] } });
    expectProblem(await keeper.call(`/v1/users/${one.id}`, give), "auth.forbidden");
    const two = await cloud.addUser({ sites: { [site]: ["member"], [elsewhere]: ["member"] } });
    const take = patch({ sites: { [elsewhere]: null } });
    expectProblem(await keeper.call(`/v1/users/${two.id}`, take), "auth.forbidden");
  });
});

describe("a token of an admin that lacks scopes", () => {
  const tokenOf = (scopes: readonly string[], some: object = {}) =>
    cloud
      .call("/v1/tokens", { body: { name: "script", scopes, ...some } })
      .then(({ body }) => String(body.token));
  const withAll = () => tokenOf(permissions);

  test.each([["users:read", "users:write"], [...permissions]])(
    "makes no admin and takes none over: %s …",
    async (...scopes) => {
      const token = await tokenOf(scopes);
      const call = (at: string, how: Omit<Call, "token">) => cloud.call(at, { ...how, token });
      const { id } = await cloud.addUser({ accessLevel: "admin" });
      const generic = await userWith(["edit-users"]);
      for (const [at, how] of [
        ["/v1/users", newUser({ accessLevel: "admin" })],
        [`/v1/users/${generic.id}`, patch({ accessLevel: "admin" })],
        [`/v1/users/${id}`, patch({ note: "x" })],
        [`/v1/users/${id}/password`, put],
        [`/v1/users/${id}`, remove],
      ] as const)
        expectProblem(await call(at, how), "auth.forbidden");
    },
  );

  test.each(sitePermissions)("gives %s only with the scopes that it takes", async (grant) => {
    const token = await tokenOf(["users:read", "users:write", "sites:read"]);
    const made = await cloud.call("/v1/users", {
      ...newUser({ sites: { [site]: [grant] } }),
      token,
    });
    if (grant === "edit-users") return expect(made.status).toBe(201);
    expectProblem(made, "auth.forbidden");
    const { id } = await userWith([grant]);
    expectProblem(
      await cloud.call(`/v1/users/${id}/password`, { ...put, token }),
      "auth.forbidden",
    );
    const all = { ...newUser({ sites: { [site]: [grant] } }), token: await withAll() };
    expect((await cloud.call("/v1/users", all)).status).toBe(201);
  });

  test("changes nothing of whose it is", async () => {
    const token = await tokenOf(["users:read", "users:write"]);
    expectProblem(await cloud.call("/v1/users/1/password", { ...put, token }), "auth.forbidden");
    expectProblem(
      await cloud.call("/v1/users/1", { ...patch({ note: "x" }), token }),
      "auth.forbidden",
    );
  });

  test("bound to a site stays there", async () => {
    const token = await tokenOf(["*"], { site });
    const call = (at: string, how: Omit<Call, "token">) => cloud.call(at, { ...how, token });
    const own = await call("/v1/users", newUser({ sites: { [site]: [...sitePermissions] } }));
    expect(own.status).toBe(201);
    expectProblem(await call("/v1/users", newUser({ accessLevel: "admin" })), "auth.forbidden");
    expectProblem(await call("/v1/users", newUser({ sites: {} })), "auth.forbidden");
    const far = await call("/v1/users", newUser({ sites: { [elsewhere]: ["member"] } }));
    expectProblem(far, "site.not-found");
    expectProblem(await call("/v1/users/1", { method: "GET" }), "user.not-found");
    const { id } = await cloud.addUser({ sites: { [elsewhere]: ["member"] } });
    expectProblem(await call(`/v1/users/${id}/password`, put), "user.not-found");
  });

  test.each([
    ["without the scopes of a member's permissions", ["sites:read", "sites:write"]],
    ["with some of them", ["sites:write", "users:write"]],
  ])("makes nobody the owner of a site: %s", async (_, scopes) => {
    const token = await tokenOf(scopes);
    const { id } = await cloud.addUser();
    const at = `/v1/sites/${elsewhere}`;
    expectProblem(await cloud.call(at, { ...patch({ owner: id }), token }), "auth.forbidden");
    // Nor does the answer tell whether there is such a user.
    expectProblem(await cloud.call(at, { ...patch({ owner: 999_999 }), token }), "auth.forbidden");
    expect((await cloud.deps.store.users.get(cloud.organization, id))?.sites).toEqual({});
    expect((await cloud.call(at, { ...patch({ title: "Gate" }), token })).status).toBe(200);
    const all = { ...patch({ owner: id }), token: await withAll() };
    expect((await cloud.call(at, all)).status).toBe(200);
    expect((await cloud.call(at, { ...patch({ owner: null }), token })).status).toBe(200);
  });

  test("bound to a device gives nothing at all", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const token = await tokenOf(["*"], { device: box.device, audience: "api" });
    const made = await cloud.call("/v1/users", {
      ...newUser({ sites: { [box.site]: ["edit-users"] } }),
      token,
    });
    expectProblem(made, "auth.forbidden");
  });
});

describe("the last enabled admin", () => {
  /** An organization of its own: others of this file have more admins. */
  const organizationOf = async (count: number) => {
    const { organization, token } = await cloud.addOrganization();
    const admins = [1];
    while (admins.length < count)
      admins.push((await cloud.addUser({ organization, accessLevel: "admin" })).id);
    const call = (at: string, how: Omit<Call, "token">) => cloud.call(at, { ...how, token });
    return { call, admins, organization };
  };
  const ways = [patch({ disabled: true }), patch({ accessLevel: "generic" }), remove];

  test.each(ways)("stays: %j", async (way) => {
    const { call, organization } = await organizationOf(1);
    await cloud.addUser({ organization, accessLevel: "admin", disabled: true });
    await cloud.addUser({ organization });
    expectProblem(await call("/v1/users/1", way), "user.last-admin");
    expect((await call("/v1/users/1", { method: "GET" })).body).toMatchObject({
      ...{ accessLevel: "admin", disabled: false, revision: 1 },
    });
  });

  test("stays of two who take each other away at once, whatever the way", async () => {
    for (const first of ways)
      for (const second of ways) {
        const { organization, admins } = await organizationOf(2);
        const tokens = await Promise.all(
          admins.map((user) => cloud.addToken(["*"], organization, { user })),
        );
        const [one, two] = [admins[0], admins[1]];
        const answers = await Promise.all([
          cloud.call(`/v1/users/${two}`, { ...first, token: tokens[0]! }),
          cloud.call(`/v1/users/${one}`, { ...second, token: tokens[1]! }),
        ]);
        // One was too late: the other had no right any more when it called, or was the last.
        const done = answers.filter(({ status }) => status < 300);
        expect(done).toHaveLength(1);
        const left = await Promise.all(
          admins.map((id) => cloud.deps.store.users.get(organization, id)),
        );
        const enabled = left.filter((user) => user?.accessLevel === "admin" && !user.disabled);
        expect(enabled).toHaveLength(1);
      }
  });

  test("may go when there is another one", async () => {
    const { call, admins } = await organizationOf(2);
    expect((await call(`/v1/users/${admins[1]}`, patch({ disabled: true }))).status).toBe(200);
    expectProblem(await call("/v1/users/1", remove), "user.last-admin");
    expect((await call(`/v1/users/${admins[1]}`, patch({ disabled: false }))).status).toBe(200);
    expect((await call("/v1/users/1", remove)).status).toBe(204);
  });
});

test("an admin makes admins, and is equal to them", async () => {
  const made = await cloud.call("/v1/users", newUser({ accessLevel: "admin", sites: {} }));
  expect(made.status).toBe(201);
  const at = `/v1/users/${made.body.id}`;
  expect((await cloud.call(at, patch({ accessLevel: "generic" }))).status).toBe(200);
  expect((await cloud.call(at, remove)).status).toBe(204);
});
