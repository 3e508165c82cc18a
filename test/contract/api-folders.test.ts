/** Folders over `/v1`, and the streams in them. */
import { limits } from "@sightline/contracts/limits";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { addPerson } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let site: number;
let elsewhere: number;
beforeAll(async () => {
  cloud = await startCloud();
  [site, elsewhere] = [await cloud.addSite(), await cloud.addSite()];
});
afterAll(() => cloud.close());

const create = (body: object) => cloud.call("/v1/folders", { body });
const make = async (title: string, parent?: number): Promise<number> =>
  Number((await create({ title, ...(parent === undefined ? { site } : { parent }) })).body.id);
const at = (id: number | string) => `/v1/folders/${id}`;
const patch = (id: number, body: object, headers: Record<string, string> = {}) =>
  cloud.call(at(id), { method: "PATCH", body, headers });
const remove = (id: number, headers: Record<string, string> = {}) =>
  cloud.call(at(id), { method: "DELETE", headers });
const source = { url: "rtsp://camera/1" };
const newStream = (some: object) =>
  cloud.call("/v1/streams", { body: { name: freshName("s"), source, ...some } });
const moveStream = (id: string, change: object) =>
  cloud.call(`/v1/streams/${id}`, { method: "PATCH", body: change });

describe("a folder", () => {
  test("is numbered, is at the site of its parent, and tells where it is", async () => {
    const top = await create({ title: "Plant", site });
    expect(top.status).toBe(201);
    expect(top.body).toMatchObject({ site, title: "Plant", parent: null, path: "Plant" });
    expect(top.headers.get("location")).toBe(at(top.body.id));
    const { body } = await create({ title: "Hall 2", parent: top.body.id });
    expect(body).toMatchObject({ id: top.body.id + 1, site, path: "Plant/Hall 2" });
    expect((await cloud.call(at(body.id))).body).toEqual(body);
    const { items } = (await cloud.call(`/v1/folders?site=${site}`)).body;
    expect(items).toEqual([top.body, body]);
    expect((await cloud.call(`/v1/folders?site=${elsewhere}`)).body).toEqual({ items: [] });
  });

  test("is renamed and put elsewhere, and all below it with it", async () => {
    const [a, b] = [await make("a"), await make("b")];
    const c = await make("c", a);
    const stream = (await newStream({ folder: c, device: null })).body;
    expect(stream).toMatchObject({ site, folder: c, path: "a/c" });
    expect((await patch(a, { title: "A" })).body).toMatchObject({ path: "A", revision: 2 });
    const { path, revision } = (await cloud.call(`/v1/streams/${stream.id}`)).body;
    expect([path, revision]).toEqual(["A/c", 1]);
    expect((await patch(c, { parent: b })).body.path).toBe("b/c");
    expect((await cloud.call(`/v1/streams/${stream.id}`)).body.path).toBe("b/c");
    expect((await patch(c, { parent: null })).body.path).toBe("c");
    expectProblem(await patch(c, { title: "x" }, { "if-match": '"1"' }), "folder.changed");
    expect((await patch(c, { title: "c" })).body.revision).toBe(3);
  });

  test.each([
    {},
    { title: "x" },
    { title: "", site: 1 },
    { title: "a/b", site: 1 },
    { title: "a\nb", site: 1 },
    { title: "x", site: 1, id: 7 },
    { title: "x", parent: "1" },
    { title: "x", parent: null },
  ])("is not made of %j", async (body) => {
    expectProblem(await create(body), "input.invalid");
  });

  test.each(["0", "01", "1e0", "x", "999999", "-1", "%20", "1.0"])("is not %j", async (id) => {
    expectProblem(await cloud.call(at(id)), "folder.not-found");
  });

  test("has no parent at another site, in another organization, or that is not there", async () => {
    const id = await make("here");
    const other = (await create({ title: "there", site: elsewhere })).body.id;
    expectProblem(await patch(id, { parent: other }), "input.invalid");
    expectProblem(await create({ title: "x", site, parent: other }), "input.invalid");
    expectProblem(await patch(id, { parent: 999_999 }), "folder.not-found");
    expectProblem(await create({ title: "x", parent: 999_999 }), "folder.not-found");
    const { token } = await cloud.addOrganization();
    const theirs = { body: { title: "x", parent: id }, token };
    expectProblem(await cloud.call("/v1/folders", theirs), "folder.not-found");
    expectProblem(await patch(id, { site: elsewhere }), "input.invalid");
  });

  test("is not below itself, whoever moves what at the same time", async () => {
    const a = await make("a");
    const b = await make("b", a);
    for (const parent of [a, b]) expectProblem(await patch(a, { parent }), "folder.in-itself");
    for (let round = 0; round < 5; round += 1) {
      const [x, y] = [await make("x"), await make("y")];
      await Promise.all([patch(x, { parent: y }), patch(y, { parent: x })]);
      const paths = (await Promise.all([x, y].map((id) => cloud.call(at(id))))).map(
        ({ body }) => body.parent,
      );
      expect(paths.filter((parent) => parent !== null)).toHaveLength(1);
    }
  });

  test("has a bounded number of levels, also when a whole tree is moved", async () => {
    let deepest = await make("1");
    for (let level = 2; level <= limits.folderLevelsMax; level += 1)
      deepest = await make(String(level), deepest);
    expectProblem(await create({ title: "x", parent: deepest }), "folder.too-deep");
    const parent = (await cloud.call(at(deepest))).body.parent as number;
    const top = await make("top");
    const below = await make("below", top);
    expectProblem(await patch(top, { parent }), "folder.too-deep");
    expect((await patch(below, { parent })).status).toBe(200);
  });

  test("goes when nothing is in it", async () => {
    const a = await make("a");
    const b = await make("b", a);
    const stream = (await newStream({ folder: b, device: null })).body.id;
    expectProblem(await remove(a), "folder.not-empty");
    expectProblem(await remove(b), "folder.not-empty");
    await cloud.call(`/v1/streams/${stream}`, { method: "DELETE" });
    expectProblem(await remove(b, { "if-match": '"7"' }), "folder.changed");
    expect((await remove(b)).status).toBe(204);
    expectProblem(await remove(b), "folder.not-found");
    expect((await remove(a)).status).toBe(204);
  });

  test("keeps what is put into it at the same time", async () => {
    for (let round = 0; round < 5; round += 1) {
      const a = await make("a");
      const made = await Promise.all([
        create({ title: "b", parent: a }),
        newStream({ folder: a, device: null }),
        remove(a),
      ]);
      const isThere = (await cloud.call(at(a))).status === 200;
      expect(made.slice(0, 2).filter(({ status }) => status === 201 && !isThere)).toEqual([]);
    }
  });
});

describe("a stream", () => {
  test("is put into a folder, out of it, and the list tells", async () => {
    const [a, b] = [await make("a"), await make("b")];
    const { id } = (await newStream({ site, device: null })).body;
    expect((await moveStream(id, { folder: a })).body).toMatchObject({ folder: a, path: "a" });
    expect((await moveStream(id, { folder: b })).body).toMatchObject({ folder: b, path: "b" });
    expect((await remove(a)).status).toBe(204);
    const listed = (await cloud.call(`/v1/streams?site=${site}&limit=500`)).body.items;
    expect(listed.find((one: { id: string }) => one.id === id)).toMatchObject({ path: "b" });
    const out = (await moveStream(id, { folder: null })).body;
    expect(out).toMatchObject({ folder: null, path: "", revision: 4 });
    expect((await remove(b)).status).toBe(204);
    expectProblem(await moveStream(id, { folder: b }), "folder.not-found");
    expectProblem(await moveStream(id, { path: "a" }), "input.invalid");
  });

  test("takes no folder of another site", async () => {
    const other = (await create({ title: "there", site: elsewhere })).body.id;
    const { id } = (await newStream({ site, device: null })).body;
    expectProblem(await moveStream(id, { folder: other }), "input.invalid");
    expectProblem(await newStream({ site, folder: other, device: null }), "input.invalid");
    expectProblem(await newStream({ site, folder: 999_999, device: null }), "folder.not-found");
  });

  test("is placed at the site of its folder when nothing else says where", async () => {
    const box = await cloud.addBox();
    const hall = (await create({ title: "Hall", site: box.site })).body.id;
    const { body } = await newStream({ folder: hall });
    expect(body).toMatchObject({ device: box.device, site: box.site, path: "Hall" });
  });

  test("leaves its folder when it moves to another site, and takes one of there", async () => {
    const [from, to] = [await cloud.addBox(), await cloud.addBox()];
    const a = (await create({ title: "a", site: from.site })).body.id;
    const b = (await create({ title: "b", site: to.site })).body.id;
    const { id } = (await newStream({ device: from.device, folder: a })).body;
    expect((await moveStream(id, { device: to.device })).body).toMatchObject({
      ...{ site: to.site, folder: null, path: "" },
    });
    const back = await moveStream(id, { device: from.device, folder: a });
    expect(back.body).toMatchObject({ site: from.site, folder: a });
    expectProblem(await moveStream(id, { device: to.device, folder: b + 1 }), "folder.not-found");
    const there = await moveStream(id, { device: to.device, folder: b });
    expect(there.body).toMatchObject({ site: to.site, folder: b, path: "b" });
    expect((await remove(a)).status).toBe(204);
  });
});

describe("whoever is let in to one of two sites", () => {
  test("sees the folders there, and nothing of others", async () => {
    const [one, two] = [await cloud.addSite(), await cloud.addSite()];
    const ours = (await create({ title: "ours", site: one })).body;
    const theirs = (await create({ title: "theirs", site: two })).body;
    await create({ title: "theirs, too", site: two });
    const person = await addPerson(cloud, { sites: { [one]: ["member"] } });
    const listed = await person.call("/v1/folders?limit=1");
    expect(listed.body).toEqual({ items: [ours] });
    const hidden = await person.call(at(theirs.id));
    expectProblem(hidden, "folder.not-found");
    expectProblem(await person.call(`/v1/folders?site=${two}`), "site.not-found");
    const change = { method: "PATCH", body: { title: "x" } };
    expectProblem(await person.call(at(ours.id), change), "auth.forbidden");
    const editor = await addPerson(cloud, { sites: { [one]: ["edit-streams"] } });
    expect((await editor.call(at(ours.id), change)).status).toBe(200);
    expectProblem(await editor.call(at(theirs.id), change), "folder.not-found");
    expectProblem(await editor.call(at(theirs.id), { method: "DELETE" }), "folder.not-found");
    const add = { body: { title: "x", parent: theirs.id } };
    expectProblem(await editor.call("/v1/folders", add), "folder.not-found");
    const stream = { name: freshName("s"), source, site: one, device: null, folder: theirs.id };
    expectProblem(await editor.call("/v1/streams", { body: stream }), "folder.not-found");
  });
});

test("folders are paged by number, each once", async () => {
  const { token } = await cloud.addOrganization();
  const own = await cloud.addSite(token);
  const ids: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    const { body } = await cloud.call("/v1/folders", { body: { title: "x", site: own }, token });
    ids.push(body.id);
  }
  const found: number[] = [];
  let cursor = "";
  do {
    const { body } = await cloud.call(`/v1/folders?limit=5${cursor}`, { token });
    found.push(...body.items.map(({ id }: { id: number }) => id));
    cursor = body.next === undefined ? "" : `&cursor=${body.next}`;
  } while (cursor !== "");
  expect(found).toEqual(ids);
});
