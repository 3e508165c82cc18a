/** Sites over `/v1`: who owns them, and how they go. */
import { sitePermissions } from "@sightline/core/access/principal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { addPerson, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const patch = (site: number, body: object, headers: Record<string, string> = {}) =>
  cloud.call(`/v1/sites/${site}`, { method: "PATCH", body, headers });
const remove = (site: number, headers: Record<string, string> = {}) =>
  cloud.call(`/v1/sites/${site}`, { method: "DELETE", headers });
const grantsOf = async (user: number) =>
  (await cloud.deps.store.users.get(cloud.organization, user))?.sites;

describe("a site", () => {
  test("has a title that changes, with a revision that tells of it", async () => {
    const name = freshName("site");
    const made = await cloud.call("/v1/sites", { body: { name, title: "Hall" } });
    expect(made.body).toMatchObject({ name, title: "Hall", owner: null, revision: 1 });
    expect(made.headers.get("etag")).toBe('"1"');
    const { id } = made.body;
    const changed = await patch(id, { title: "Yard" }, { "if-match": '"1"' });
    expect(changed.body).toEqual({ ...made.body, title: "Yard", revision: 2 });
    expectProblem(await patch(id, { title: "x" }, { "if-match": '"1"' }), "site.changed");
    const same = await patch(id, { title: "Yard" });
    expect([same.status, same.body.revision]).toEqual([200, 2]);
    expect((await cloud.call(`/v1/sites/${name}`)).body).toEqual(changed.body);
  });

  test.each([
    { name: "other" },
    { id: 7 },
    { title: 1 },
    { title: "a\nb" },
    { owner: "ann" },
    { owner: 0 },
    { revision: 9 },
  ])("does not take %j", async (body) => {
    expectProblem(await patch(await cloud.addSite(), body), "input.invalid");
  });

  test("has an owner, who becomes a member with every permission", async () => {
    const site = await cloud.addSite();
    const { id } = await cloud.addUser();
    expect((await patch(site, { owner: id })).body).toMatchObject({ owner: id, revision: 2 });
    expect(await grantsOf(id)).toEqual({ [site]: sitePermissions });
    const second = await cloud.addUser({ sites: { [site]: ["member"] } });
    expect((await patch(site, { owner: second.id })).body.owner).toBe(second.id);
    // Who has owned it stays a member.
    expect(await grantsOf(id)).toEqual({ [site]: sitePermissions });
    expect((await patch(site, { owner: null })).body.owner).toBeNull();
    expect(await grantsOf(second.id)).toEqual({ [site]: sitePermissions });
  });

  test("has no owner of another organization, nor one that does not exist", async () => {
    const site = await cloud.addSite();
    const { organization } = await cloud.addOrganization();
    let theirs = 0;
    while (await cloud.deps.store.users.get(cloud.organization, theirs + 1))
      theirs = (await cloud.addUser({ organization })).id;
    for (const owner of [theirs + 1, 999_999])
      expectProblem(await patch(site, { owner }), "user.not-found");
  });

  test("keeps its owner a member: they are neither removed nor given less", async () => {
    const site = await cloud.addSite();
    const { id } = await cloud.addUser();
    await patch(site, { owner: id });
    const user = (method: string, body?: object) =>
      cloud.call(`/v1/users/${id}`, { method, ...(body && { body }) });
    expectProblem(await user("DELETE"), "member.is-owner");
    expectProblem(await user("PATCH", { sites: { [site]: ["member"] } }), "member.is-owner");
    expectProblem(await user("PATCH", { sites: { [site]: null } }), "member.is-owner");
    expect((await user("PATCH", { note: "x" })).status).toBe(200);
    await patch(site, { owner: null });
    expect((await user("DELETE")).status).toBe(204);
  });

  test("has one owner of 10 who are named at once, and each was one", async () => {
    const site = await cloud.addSite();
    const users = await Promise.all(Array.from({ length: 5 }, () => cloud.addUser()));
    const answers = await Promise.all(users.map(({ id }) => patch(site, { owner: id })));
    const named = answers.filter(({ status }) => status === 200).map(({ body }) => body.owner);
    const { owner } = (await cloud.call(`/v1/sites/${site}`)).body;
    expect(named).toContain(owner);
    for (const id of named) expect(await grantsOf(id)).toEqual({ [site]: sitePermissions });
  });
});

describe("the removal of a site", () => {
  test("takes an empty one, its name, and what its members might there", async () => {
    const name = freshName("site");
    const { id } = (await cloud.call("/v1/sites", { body: { name } })).body;
    const other = await cloud.addSite();
    const member = await cloud.addUser({ sites: { [id]: ["member"], [other]: ["member"] } });
    expectProblem(await remove(id, { "if-match": '"2"' }), "site.changed");
    expect((await remove(id, { "if-match": '"1"' })).status).toBe(204);
    expectProblem(await cloud.call(`/v1/sites/${id}`), "site.not-found");
    expectProblem(await remove(id), "site.not-found");
    expect(await grantsOf(member.id)).toEqual({ [other]: ["member"] });
    const again = await cloud.call("/v1/sites", { body: { name } });
    expect(again.body.id).not.toBe(id);
  });

  test("is refused while a device, a stream or a folder is there", async () => {
    const site = await cloud.addSite();
    const device = (await cloud.call("/v1/devices", { body: { name: freshName("box"), site } }))
      .body.id;
    expectProblem(await remove(site), "site.not-empty");
    const source = { url: "rtsp://camera/1" };
    const body = { name: freshName("s"), device, source };
    const stream = (await cloud.call("/v1/streams", { body })).body.id;
    const gone = await cloud.call(`/v1/devices/${device}?unplace=true`, { method: "DELETE" });
    expect(gone.status).toBe(204);
    expectProblem(await remove(site), "site.not-empty");
    await cloud.call(`/v1/streams/${stream}`, { method: "DELETE" });
    const folder = (await cloud.call("/v1/folders", { body: { title: "Hall", site } })).body.id;
    expectProblem(await remove(site), "site.not-empty");
    await cloud.call(`/v1/folders/${folder}`, { method: "DELETE" });
    expect((await remove(site)).status).toBe(204);
  });

  test("leaves nothing that is made there at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const site = await cloud.addSite();
      const source = { url: "rtsp://camera/1" };
      const made = await Promise.all([
        cloud.call("/v1/devices", { body: { name: freshName("box"), site } }),
        cloud.call("/v1/streams", { body: { name: freshName("s"), site, device: null, source } }),
        cloud.call("/v1/folders", { body: { title: "Hall", site } }),
        remove(site),
      ]);
      const isThere = (await cloud.call(`/v1/sites/${site}`)).status === 200;
      const wrong = made.slice(0, 3).filter(({ status }) => status === 201 && !isThere);
      expect(wrong).toEqual([]);
    }
  });
});

describe("whoever is let in to one of two sites", () => {
  let one: number;
  let two: number;
  let person: Person;
  beforeAll(async () => {
    [one, two] = [await cloud.addSite(), await cloud.addSite()];
    person = await addPerson(cloud, { sites: { [one]: sitePermissions } });
  });

  test("sees that one, and nothing of how many there are", async () => {
    const { body } = await person.call("/v1/sites?limit=1");
    expect(body).toEqual({ items: [expect.objectContaining({ id: one })] });
    expect((await person.call(`/v1/sites/${one}`)).status).toBe(200);
    expectProblem(await person.call(`/v1/sites/${two}`), "site.not-found");
  });

  test("adds, changes and removes none, with every permission there is", async () => {
    const change = { method: "PATCH", body: { title: "x" } };
    const add = { body: { name: freshName("site") } };
    for (const answer of [
      await person.call("/v1/sites", add),
      await person.call(`/v1/sites/${one}`, change),
      await person.call(`/v1/sites/${one}`, { method: "DELETE" }),
    ])
      expectProblem(answer, "auth.forbidden");
  });

  test("nor does a token of an admin that is bound to it add one", async () => {
    const body = { name: "bound", scopes: ["*"], site: one };
    const { token } = (await cloud.call("/v1/tokens", { body })).body;
    const add = { body: { name: freshName("site") }, token };
    expectProblem(await cloud.call("/v1/sites", add), "auth.forbidden");
    const change = { method: "PATCH", body: { title: "Own" }, token };
    expect((await cloud.call(`/v1/sites/${one}`, change)).status).toBe(200);
    expectProblem(await cloud.call(`/v1/sites/${two}`, change), "site.not-found");
    const { items, next } = (await cloud.call("/v1/sites?limit=1", { token })).body;
    expect([items.length, next]).toEqual([1, undefined]);
  });
});

test("sites are paged by name, whoever of many lets somebody in", async () => {
  const names = ["é", "z", "A", "a1", "\u{1F3A5}"].map((name, at) => ({ name, at }));
  const ids = await Promise.all(names.map(() => cloud.addSite()));
  const sites = Object.fromEntries(ids.map((id) => [id, ["member"]])) as Record<string, ["member"]>;
  const person = await addPerson(cloud, { sites });
  const found: number[] = [];
  let cursor = "";
  do {
    const { body } = await person.call(`/v1/sites?limit=2${cursor}`);
    found.push(...body.items.map(({ id }: { id: number }) => id));
    cursor = body.next === undefined ? "" : `&cursor=${body.next}`;
  } while (cursor !== "");
  expect(found.toSorted((a, b) => a - b)).toEqual(ids.toSorted((a, b) => a - b));
});
