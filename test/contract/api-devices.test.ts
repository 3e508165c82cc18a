/** Sites and devices over `/v1`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const addDevice = async (some: object = {}) => {
  const body = { name: freshName("box"), site: await cloud.addSite(), ...some };
  return (await cloud.call("/v1/devices", { body })).body;
};

const addStream = (some: object) =>
  cloud.call("/v1/streams", {
    body: { name: freshName("s"), source: { url: "rtsp://a/1" }, ...some },
  });

describe("a site", () => {
  test("is created, and found by its number and its name", async () => {
    const name = freshName("site");
    const made = await cloud.call("/v1/sites", { body: { name, title: "Shop 1" } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name, title: "Shop 1", id: expect.any(Number) as number });
    expect(made.headers.get("location")).toBe(`/v1/sites/${made.body.id}`);
    for (const key of [made.body.id, name])
      expect((await cloud.call(`/v1/sites/${key}`)).body).toEqual(made.body);
  });

  test.each([
    [
      "that is named as another",
      async () => ({ name: (await cloud.call(`/v1/sites/${await cloud.addSite()}`)).body.name }),
      "site.name-taken",
    ],
    ["that is named by a number", () => ({ name: "17" }), "input.invalid"],
    ["without a name", () => ({ title: "x" }), "input.invalid"],
    [
      "with a field that is not known",
      () => ({ name: freshName("s"), color: "red" }),
      "input.invalid",
    ],
    ["that is a list", () => [], "input.invalid"],
  ] as const)("%s is refused", async (_, body, code) => {
    expectProblem(await cloud.call("/v1/sites", { body: await body() }), code);
  });

  test.each(["999999", "nowhere", "0", "-1", "1e3", "%F0%9F%93%B7"])(
    "%s is not found",
    async (key) => {
      expectProblem(await cloud.call(`/v1/sites/${key}`), "site.not-found");
    },
  );
});

test("lists come in pages, every row once, in the order of names", async () => {
  const { token } = await cloud.addOrganization();
  const names = Array.from({ length: 7 }, () => freshName("page")).toSorted();
  for (const name of names.toReversed()) await cloud.call("/v1/sites", { body: { name }, token });
  const found: string[] = [];
  let route = "/v1/sites?limit=3";
  for (let page = 0; page < 3; page += 1) {
    const { body } = await cloud.call(route, { token });
    found.push(...body.items.map(({ name }: { name: string }) => name));
    route = `/v1/sites?limit=3&cursor=${body.next}`;
    expect("next" in body).toBe(page < 2);
  }
  expect(found).toEqual(names);
  for (const query of ["cursor=garbage", "cursor="])
    expectProblem(await cloud.call(`/v1/sites?${query}`, { token }), "input.cursor-invalid");
  expectProblem(await cloud.call("/v1/sites?limit=0", { token }), "input.invalid");
});

describe("a device", () => {
  test("is registered, and found by its id and its name", async () => {
    const [name, site] = [freshName("box"), await cloud.addSite()];
    const body = { name, site, title: "At the door", labels: { floor: "1" } };
    const made = await cloud.call("/v1/devices", { body });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...body,
      online: false,
      enrolledAtMs: null,
      streams: 0,
      revision: 1,
    });
    expect(made.headers.get("location")).toBe(`/v1/devices/${made.body.id}`);
    expect(made.headers.get("etag")).toBe('"1"');
    for (const key of [made.body.id, name]) {
      const found = await cloud.call(`/v1/devices/${key}`);
      expect(found.body).toEqual(made.body);
      expect(found.headers.get("etag")).toBe('"1"');
    }
  });

  test.each([
    [
      "that is named as another",
      async () => ({ name: (await addDevice()).name, site: await cloud.addSite() }),
      "device.name-taken",
    ],
    ["at no site", () => ({ name: freshName("box"), site: 4711 }), "site.not-found"],
    ["without a site", () => ({ name: freshName("box") }), "input.invalid"],
    ["that is no hostname", () => ({ name: "A b", site: 1 }), "input.invalid"],
    [
      "with a field that is not known",
      () => ({ name: freshName("box"), site: 1, slots: [] }),
      "input.invalid",
    ],
  ] as const)("%s is refused", async (_, body, code) => {
    expectProblem(await cloud.call("/v1/devices", { body: await body() }), code);
  });

  test("is listed with those of its site, by the site's number or name", async () => {
    const { id, site } = await addDevice();
    await addDevice();
    const { name } = (await cloud.call(`/v1/sites/${site}`)).body;
    for (const key of [site, name])
      expect((await cloud.call(`/v1/devices?site=${key}`)).body.items).toMatchObject([{ id }]);
    expectProblem(await cloud.call("/v1/devices?site=nowhere"), "site.not-found");
  });

  test("is changed by a merge patch: null gives a label back", async () => {
    const { id } = await addDevice({ title: "x", labels: { a: "1", b: "2" } });
    const route = `/v1/devices/${id}`;
    const change = { title: null, labels: { a: null, c: "3" } };
    const headers = { "content-type": "application/merge-patch+json" };
    const changed = await cloud.call(route, { method: "PATCH", body: change, headers });
    expect(changed.body).toMatchObject({ title: "", labels: { b: "2", c: "3" }, revision: 2 });
    expect(Object.keys(changed.body.labels)).toEqual(["b", "c"]);
    expect(changed.headers.get("etag")).toBe('"2"');
    expect((await cloud.call(route)).body).toEqual(changed.body);
  });

  test("that is changed to what it is stays at its revision", async () => {
    const { id } = await addDevice({ title: "x" });
    const same = { method: "PATCH", body: { title: "x" } };
    expect((await cloud.call(`/v1/devices/${id}`, same)).body.revision).toBe(1);
  });

  test("that somebody else has changed is not changed by If-Match", async () => {
    const { id } = await addDevice();
    const patch = (title: string, ifMatch: string) =>
      cloud.call(`/v1/devices/${id}`, {
        method: "PATCH",
        body: { title },
        headers: { "if-match": ifMatch },
      });
    expect((await patch("one", '"1"')).status).toBe(200);
    expectProblem(await patch("two", '"1"'), "device.changed");
    expectProblem(await patch("two", "1"), "input.invalid");
    expect((await patch("three", "*")).body).toMatchObject({ title: "three", revision: 3 });
  });

  test.each([
    ["name", { name: "other" }],
    ["site", { site: 2 }],
    ["id", { id: "x" }],
    ["title, by a number", { title: 5 }],
    ["labels, by text", { labels: "x" }],
    ["whole, by a list", []],
    ["prototype", JSON.parse('{"__proto__": {"title": "x"}}') as object],
  ])("cannot be changed: its %s", async (_, body) => {
    const { id } = await addDevice();
    expectProblem(
      await cloud.call(`/v1/devices/${id}`, { method: "PATCH", body }),
      "input.invalid",
    );
  });

  test("is deleted, and its name is free again", async () => {
    const { id, name, site } = await addDevice();
    const gone = await cloud.call(`/v1/devices/${id}`, { method: "DELETE" });
    expect([gone.status, gone.text]).toEqual([204, ""]);
    for (const key of [id, name])
      expectProblem(await cloud.call(`/v1/devices/${key}`), "device.not-found");
    expectProblem(await cloud.call(`/v1/devices/${id}`, { method: "DELETE" }), "device.not-found");
    expect((await cloud.call("/v1/devices", { body: { name, site } })).status).toBe(201);
  });

  test("with streams is kept, or leaves them waiting", async () => {
    const { id, site } = await addDevice();
    const streams = [
      (await addStream({ device: id })).body,
      (await addStream({ device: id })).body,
    ];
    const route = `/v1/devices/${id}`;
    expectProblem(await cloud.call(route, { method: "DELETE" }), "device.has-streams");
    expect((await cloud.call(`${route}?unplace=true`, { method: "DELETE" })).status).toBe(204);
    for (const stream of streams)
      expect((await cloud.call(`/v1/streams/${stream.id}`)).body).toMatchObject({
        device: null,
        site,
        state: "waiting",
        revision: 2,
        placement: { slot: null, epoch: 2 },
      });
  });

  test("shows what it said at its last hello, and how old its health is", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const { body } = await cloud.call(`/v1/devices/${box.name}`);
    expect(body).toMatchObject({ online: true, bootId: "boot-1", versions: { agent: "0.1.0" } });
    expect(body.enrolledAtMs).toBeGreaterThan(0);
    expect(body).not.toHaveProperty("health");
  });
});
