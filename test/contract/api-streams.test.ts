/** Streams over `/v1`. */
import { everywhere } from "@sightline/core/access/reach";
import { deleteStreamAndWait } from "@sightline/core/stream/delete";
import { maskedSecret } from "@sightline/core/stream/source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let box: Box;
beforeAll(async () => {
  cloud = await startCloud();
  box = await cloud.addBox();
});
afterAll(() => cloud.close());

const source = { url: "rtsp://camera/1" };
const setting = "decoder.dropFrameInterval";

const create = (some: object = {}, headers: Record<string, string> = {}) =>
  cloud.call("/v1/streams", {
    body: { name: freshName("s"), device: box.device, source, ...some },
    headers,
  });
const get = async (id: string) => (await cloud.call(`/v1/streams/${encodeURIComponent(id)}`)).body;
const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  cloud.call(`/v1/streams/${id}`, { method: "PATCH", body, headers });
const stored = (id: string) => cloud.deps.store.streams.get(cloud.organization, id);

describe("a stream is created", () => {
  test("with everything that is its own, and its device is told", async () => {
    const body = {
      name: freshName("hall/door"),
      title: "Door",
      labels: { floor: "1" },
      localName: freshName("cam"),
      enabled: false,
      source: { url: "rtsp://camera/1", transport: "tcp" },
      settings: { [setting]: 3 },
      device: box.name,
    };
    const made = await cloud.call("/v1/streams", { body });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...body,
      device: box.device,
      site: box.site,
      state: "pending",
      error: null,
      reported: null,
      revision: 1,
      desiredBy: "token-*",
      requestId: made.headers.get("x-request-id"),
      delta: { revision: { desired: 1, reported: 0 } },
    });
    expect(made.headers.get("etag")).toBe('"1"');
    expect(made.headers.get("location")).toBe(`/v1/streams/${made.body.id}`);
    for (const key of [made.body.id, body.name]) expect(await get(key)).toEqual(made.body);
    const shadow = await cloud.call(`/v1/devices/${box.name}/shadows/stream-${made.body.id}`);
    expect(shadow.body.state.desired).toMatchObject({
      revision: 1,
      localName: body.localName,
      enabled: false,
    });
  });

  test("on the device of its site with the fewest streams", async () => {
    const site = await cloud.addSite();
    const [full, free] = [await cloud.addBox({ site }), await cloud.addBox({ site })];
    await create({ device: full.device });
    const { name, ...rest } = { name: freshName("s"), source, site };
    expect((await cloud.call("/v1/streams", { body: { name, ...rest } })).body).toMatchObject({
      device: free.device,
      site,
      placement: { slot: 0, epoch: 1 },
    });
  });

  test("to wait, when no device of its site can take it, or when it is to", async () => {
    const site = await cloud.addSite();
    await cloud.addBox({ site, enrolled: false });
    for (const some of [{ site }, { site, device: null }]) {
      const made = await cloud.call("/v1/streams", {
        body: { name: freshName("s"), source, ...some },
      });
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ device: null, state: "waiting", delta: {} });
    }
  });

  test("with a local name of its own, on a device that has the plain one", async () => {
    const [first, second] = [freshName("a/b"), freshName("c")];
    await create({ name: second, localName: first.replace("/", "_") });
    const { localName } = (await create({ name: first })).body;
    expect(localName).toMatch(new RegExp(`^${first.replace("/", "_")}-.+`));
  });

  test("with a local name that can be kept, however long its name is", async () => {
    const name = freshName("x".repeat(110)).padEnd(128, "y");
    await create({ localName: name });
    const made = await create({ name });
    expect(made.status).toBe(201);
    expect((await patch(made.body.id, { title: "changed" })).status).toBe(200);
  });

  test("once per slot when many come at once", async () => {
    const busy = await cloud.addBox();
    const made = await Promise.all(
      Array.from({ length: 6 }, () => create({ device: busy.device })),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    const slots = made.map(({ body }) => body.placement.slot as number);
    expect(slots.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { body } of made) expect(body.localName).toBe(body.name);
  });

  test.each([
    [
      "a name that is taken",
      async () => ({ name: (await create()).body.name }),
      "stream.name-taken",
    ],
    [
      "a local name that is taken",
      async () => ({ localName: (await create()).body.localName }),
      "stream.local-name-taken",
    ],
    ["a device that is not there", () => ({ device: "nowhere" }), "device.not-found"],
    ["a site that is not there", () => ({ device: null, site: "nowhere" }), "site.not-found"],
    ["neither a site nor a device", () => ({ device: null }), "input.invalid"],
    ["the name of an id", () => ({ name: "str_01k9x3v4m5n6p7q8r9s0t1v2w3" }), "input.invalid"],
    ["a URL that no box plays", () => ({ source: { url: "ftp://a/1" } }), "input.invalid"],
    ["a setting that is none", () => ({ settings: { [setting]: 99 } }), "input.invalid"],
    ["a field that is not known", () => ({ slot: 1 }), "input.invalid"],
    [
      "a masked password",
      () => ({ source: { ...source, username: "a", password: maskedSecret } }),
      "input.invalid",
    ],
    [
      "more than a shadow holds",
      () => ({ source: { url: `rtsp://camera/${"ü".repeat(2_000)}` } }),
      "shadow.too-large",
    ],
  ] as const)("not with %s", async (_, some, code) => {
    expectProblem(await create(await some()), code);
  });

  test("only from JSON", async () => {
    const headers = { "content-type": "text/plain" };
    expectProblem(await create({}, headers), "input.unsupported");
    const raw = new Request("http://localhost/v1/streams", {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json", authorization: `Bearer ${cloud.token}` },
    });
    expect(await (await cloud.fetch(raw)).json()).toMatchObject({ code: "input.invalid" });
  });
});

describe("a stream is changed", () => {
  test("by a merge patch, and null gives a setting back", async () => {
    const { id } = (await create({ settings: { [setting]: 3 }, title: "x" })).body;
    const changed = await patch(id, {
      settings: { [setting]: null },
      title: "y",
      labels: { a: "1" },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      settings: {},
      title: "y",
      labels: { a: "1" },
      revision: 2,
      source,
    });
    expect(changed.body.settings).toEqual({});
    expect(changed.headers.get("etag")).toBe('"2"');
    const { body } = await cloud.call(`/v1/devices/${box.name}/shadows/stream-${id}`);
    expect(body.state.desired).toMatchObject({ revision: 2, settings: {} });
    expect(body.state.desired.settings).toEqual({});
  });

  test.each([
    ["nothing", () => ({})],
    ["what it is", () => ({ title: "x", enabled: true, source: { transport: "auto" } })],
    ["its device by id", () => ({ device: box.device })],
    ["its device by name", () => ({ device: box.name })],
    ["its own document", () => "own"],
  ])("not by %s: the revision stays", async (_, change) => {
    const { id, ...rest } = (
      await create({ title: "x", source: { ...source, username: "u", password: "p" } })
    ).body;
    const { title, labels, localName, enabled, source: shown, settings, device } = rest;
    const own = { title, labels, localName, enabled, source: shown, settings, device };
    const body = change() === "own" ? own : change();
    expect((await patch(id, body)).body).toMatchObject({ revision: 1 });
  });

  test("in everything but its masked password, which stays to the byte", async () => {
    const { id } = (await create({ source: { url: "rtsp://admin:planted-1@camera/1" } })).body;
    const before = (await stored(id))?.source.credentials;
    const { source: shown } = await get(id);
    expect(shown).toEqual({
      url: "rtsp://camera/1",
      transport: "auto",
      username: "admin",
      password: maskedSecret,
    });
    await patch(id, { source: { ...shown, url: "rtsp://camera/2" } });
    expect((await stored(id))?.source).toEqual({
      url: "rtsp://camera/2",
      transport: "auto",
      credentials: before,
    });
    await patch(id, { source: { password: "planted-2" } });
    const after = (await stored(id))?.source.credentials;
    expect(after).not.toEqual(before);
    expect(await cloud.deps.vault.decrypt(after?.encrypted ?? "", id)).toContain("planted-2");
    await patch(id, { source: { username: null, password: null } });
    expect((await stored(id))?.source.credentials).toBeUndefined();
  });

  test("only from the revision that If-Match names", async () => {
    const { id } = (await create()).body;
    expect((await patch(id, { title: "1" }, { "if-match": '"1"' })).body.revision).toBe(2);
    const late = await patch(id, { title: "2" }, { "if-match": '"1"' });
    expectProblem(late, "stream.changed");
    expect(late.body.hint).toMatch(/ETag/);
    expect((await get(id)).title).toBe("1");
    const removed = { method: "DELETE", headers: { "if-match": '"1"' } };
    expectProblem(await cloud.call(`/v1/streams/${id}`, removed), "stream.changed");
  });

  test("by everybody who changes it at once", async () => {
    const { id } = (await create()).body;
    const labels = ["a", "b", "c", "d"];
    const answers = await Promise.all(
      labels.map((label) => patch(id, { labels: { [label]: "1" } })),
    );
    const won = answers.filter(({ status }) => status === 200);
    for (const answer of answers)
      if (answer.status !== 200) expectProblem(answer, "stream.conflict");
    const { revision, labels: set } = await get(id);
    expect(revision).toBe(1 + won.length);
    expect(Object.keys(set)).toHaveLength(won.length);
  });

  test("to another device, to none, and back", async () => {
    const other = await cloud.addBox();
    const { id } = (await create()).body;
    const inShadow = async (on: Box): Promise<boolean> => {
      const { body } = await cloud.call(`/v1/devices/${on.device}/shadows/device`);
      return Object.hasOwn(body.state.desired.manifest, id);
    };
    expect((await patch(id, { device: other.name })).body).toMatchObject({
      device: other.device,
      site: other.site,
      placement: { slot: 0, epoch: 2 },
    });
    expect([await inShadow(box), await inShadow(other)]).toEqual([false, true]);
    expect((await patch(id, { device: null })).body).toMatchObject({
      device: null,
      state: "waiting",
    });
    expect([await inShadow(box), await inShadow(other)]).toEqual([false, false]);
    expect((await patch(id, { device: box.device })).body).toMatchObject({
      placement: { epoch: 4 },
    });
    expect([await inShadow(box), await inShadow(other)]).toEqual([true, false]);
    expectProblem(await patch(id, { device: "nowhere" }), "device.not-found");
  });

  test.each([
    ["its name", { name: "other" }],
    ["its site", { site: 2 }],
    ["its slot", { placement: { slot: 5 } }],
    ["its local name to nothing", { localName: null }],
    ["its source to nothing", { source: null }],
    ["its URL to another scheme", { source: { url: "http://a/1" } }],
    ["a setting that is not known", { settings: { "decoder.x": 1 } }],
  ])("not in %s", async (_, body) => {
    const { id } = (await create()).body;
    expectProblem(await patch(id, body), "input.invalid");
    expect((await get(id)).revision).toBe(1);
  });

  test("not to a local name that is taken", async () => {
    const { id } = (await create()).body;
    const { localName } = (await create()).body;
    expectProblem(await patch(id, { localName }), "stream.local-name-taken");
  });
});

describe("a stream is deleted", () => {
  test("with its shadow, and its names are free again", async () => {
    const { id, name, localName } = (await create()).body;
    const route = `/v1/streams/${encodeURIComponent(name)}`;
    expect((await cloud.call(route, { method: "DELETE" })).status).toBe(204);
    expectProblem(await cloud.call(route, { method: "DELETE" }), "stream.not-found");
    expectProblem(
      await cloud.call(`/v1/devices/${box.name}/shadows/stream-${id}`),
      "shadow.not-found",
    );
    expect((await create({ name, localName })).status).toBe(201);
  });

  test("after one look at it, though somebody waits for its box", async () => {
    const { id } = (await create()).body;
    const { store } = cloud.deps;
    const looks: string[] = [];
    const streams: typeof store.streams = {
      ...store.streams,
      get: (organization, stream) => {
        looks.push(stream);
        return store.streams.get(organization, stream);
      },
    };
    const { organization } = cloud;
    const actor = { organization, name: "test", requestId: "test", reach: everywhere };
    const deps = { ...cloud.deps, store: { ...store, streams } };
    const removing = deleteStreamAndWait(deps, actor, { stream: id, timeoutMs: 1_000 });
    expect(await removing).toBe("offline");
    expect(looks).toEqual([id]);
  });
});

test.each(["stats", "snapshot"])(
  "%s of a stream that waits or is not there are refused",
  async (of) => {
    const site = await cloud.addSite();
    const { id } = (await create({ site, device: null })).body;
    expectProblem(await cloud.call(`/v1/streams/${id}/${of}`), "stream.not-placed");
    expectProblem(await cloud.call(`/v1/streams/nowhere/${of}`), "stream.not-found");
  },
);

test("streams are listed by name in pages, and by site", async () => {
  const { token } = await cloud.addOrganization();
  const site = await cloud.addSite(token);
  const names = Array.from({ length: 5 }, () => freshName("list")).toSorted();
  for (const name of names)
    await cloud.call("/v1/streams", { body: { name, site, device: null, source }, token });
  const first = (await cloud.call("/v1/streams?limit=3", { token })).body;
  const second = (await cloud.call(`/v1/streams?limit=3&cursor=${first.next}`, { token })).body;
  const found = [...first.items, ...second.items].map(({ name }: { name: string }) => name);
  expect(found).toEqual(names);
  expect("next" in second).toBe(false);
  expect((await cloud.call(`/v1/streams?site=${site}`, { token })).body.items).toHaveLength(5);
  const empty = await cloud.addSite(token);
  expect((await cloud.call(`/v1/streams?site=${empty}`, { token })).body).toEqual({ items: [] });
  const mixed = `/v1/streams?site=${site}&cursor=${first.next}`;
  expectProblem(await cloud.call(mixed, { token }), "input.cursor-invalid");
});
