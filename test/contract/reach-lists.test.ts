/** What lists show of three sites, page by page, and what is chosen from among what is reached. */
import type { SitePermission } from "@sightline/core/access/principal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { addPerson, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
/** Of the sites. */
let north: number;
let south: number;
let hidden: number;
const streamsOf = new Map<number, string[]>();
const devicesOf = new Map<number, string[]>();
const source = { url: "rtsp://camera/1" };
/** In an order in which the sites take turns, and which bytes and UTF-16 do not agree on. */
const initials = ["A", "a", "z", "é", "Ω", "\uFF5A", "\u{1F3A5}"];

beforeAll(async () => {
  cloud = await startCloud();
  [north, south, hidden] = [await cloud.addSite(), await cloud.addSite(), await cloud.addSite()];
  for (const [at, initial] of initials.entries())
    for (const site of [north, hidden, south]) {
      const device = `${String.fromCharCode(97 + at)}-${site}-${freshName("box")}`;
      await cloud.call("/v1/devices", { body: { name: device, site } });
      const name = `${initial}/${site}/${freshName("s")}`;
      // Some on devices, some on none.
      const where = at % 2 === 0 ? { device } : { site, device: null };
      await cloud.call("/v1/streams", { body: { name, source, ...where } });
      streamsOf.set(site, [...(streamsOf.get(site) ?? []), name]);
      devicesOf.set(site, [...(devicesOf.get(site) ?? []), device]);
    }
});
afterAll(() => cloud.close());

type Grants = Record<number, readonly SitePermission[]>;
const person = (sites: Grants): Promise<Person> => addPerson(cloud, { sites });

interface Paged {
  readonly names: readonly string[];
  readonly cursors: readonly string[];
}

async function pages(
  list: (route: string) => Promise<Answer>,
  route: string,
  rows: number,
): Promise<Paged> {
  const names: string[] = [];
  const cursors: string[] = [];
  for (let cursor = ""; ;) {
    const sign = route.includes("?") ? "&" : "?";
    const { status, body, text } = await list(`${route}${sign}limit=${rows}${cursor}`);
    if (status !== 200) throw new Error(text);
    names.push(...body.items.map(({ name }: { name: string }) => name));
    if (body.next === undefined) return { names, cursors };
    expect(body.items).toHaveLength(rows);
    cursors.push(String(body.next));
    cursor = `&cursor=${body.next}`;
  }
}

const sorted = (names: readonly string[]): readonly string[] =>
  names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const of = (names: ReadonlyMap<number, readonly string[]>, ...sites: readonly number[]) =>
  sorted(sites.flatMap((site) => names.get(site) ?? []));

describe.each([
  ["/v1/streams", streamsOf],
  ["/v1/devices", devicesOf],
] as const)("a list of %s", (route, names) => {
  test.each([1, 2, 3, 7, 14, 500])(
    "holds what lies in the sites that are reached, in order, each once, %d a page",
    async (rows) => {
      const one = await person({ [north]: ["member"] });
      const two = await person({ [north]: ["view-stats"], [south]: ["edit-streams"] });
      expect((await pages(one.call, route, rows)).names).toEqual(of(names, north));
      expect((await pages(two.call, route, rows)).names).toEqual(of(names, north, south));
      const all = await pages((path) => cloud.call(path), route, rows);
      expect(all.names).toEqual(of(names, north, south, hidden));
      const picked = await pages(two.call, `${route}?site=${south}`, rows);
      expect(picked.names).toEqual(of(names, south));
    },
  );

  test("has as many pages as what it shows, and cursors that name nothing else", async () => {
    const { call } = await person({ [south]: ["member"] });
    const { names: shown, cursors } = await pages(call, route, 1);
    expect(cursors).toHaveLength(shown.length - 1);
    for (const cursor of cursors) {
      const [, name] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as string[];
      expect(shown).toContain(name);
    }
  });

  test("does not show what is seen and not reached", async () => {
    const { call } = await person({ [north]: ["edit-users"], [south]: ["member"] });
    expect((await pages(call, route, 5)).names).toEqual(of(names, south));
    expectProblem(await call(`${route}?site=${north}`), "auth.forbidden");
    expectProblem(await call(`${route}?site=${hidden}`), "site.not-found");
    expectProblem(await call(`${route}?site=999999`), "site.not-found");
  });

  test("goes on only for whom it has begun", async () => {
    const sites = { [north]: ["member"] } as const;
    const [one, two] = [await person(sites), await person(sites)];
    const { next } = (await one.call(`${route}?limit=1`)).body;
    expect((await one.call(`${route}?limit=1&cursor=${next}`)).status).toBe(200);
    expectProblem(await two.call(`${route}?limit=1&cursor=${next}`), "input.cursor-invalid");
    expectProblem(await cloud.call(`${route}?limit=1&cursor=${next}`), "input.cursor-invalid");
    const { next: whole } = (await cloud.call(`${route}?limit=1`)).body;
    expectProblem(await one.call(`${route}?limit=1&cursor=${whole}`), "input.cursor-invalid");
  });

  test("goes on with what is reached then", async () => {
    const { call, user } = await person({ [north]: ["member"], [south]: ["member"] });
    const { body } = await call(`${route}?limit=1`);
    const gone = { method: "DELETE" };
    await cloud.call(`/v1/sites/${south}/members/${user.id}`, gone);
    const rest = (await call(`${route}?limit=500&cursor=${body.next}`)).body.items;
    const left = rest.map(({ name }: { name: string }) => name);
    const first = String(body.items[0].name);
    expect(left).toEqual(of(names, north).filter((name) => name !== first));
  });

  test("by a token of a site or a device holds what that reaches", async () => {
    const device = devicesOf.get(south)?.[0] ?? "";
    const stream = streamsOf.get(south)?.[0] ?? "";
    const make = async (bound: object): Promise<string> => {
      const body = { name: "bound", scopes: ["*"], audience: "api", ...bound };
      return String((await cloud.call("/v1/tokens", { body })).body.token);
    };
    const site = await make({ site: south });
    const by = (token: string) => (path: string) => cloud.call(path, { token });
    expect((await pages(by(site), route, 3)).names).toEqual(of(names, south));
    const one = await make({ device });
    const expected = route === "/v1/devices" ? [device] : [stream];
    expect((await pages(by(one), route, 1)).names).toEqual(expected);
    expect((await pages(by(one), `${route}?site=${south}`, 1)).names).toEqual(expected);
    expectProblem(await cloud.call(`${route}?site=${north}`, { token: one }), "site.not-found");
  });
});

describe("a token of a device", () => {
  let token: string;
  let device: string;
  beforeAll(async () => {
    ({ device } = await cloud.addBox({ site: south }));
    const body = { name: "bound", scopes: ["*"], audience: "api", device };
    token = String((await cloud.call("/v1/tokens", { body })).body.token);
  });
  const call = (route: string, method = "GET", body?: object) =>
    cloud.call(route, { method, token, ...(body && { body }) });
  const path = (name: string) => `/v1/streams/${encodeURIComponent(name)}`;

  test("finds its streams and itself, and nothing else of its site", async () => {
    const mine = freshName("s");
    await cloud.call("/v1/streams", { body: { name: mine, source, device } });
    const [theirs = "", waiting = ""] = streamsOf.get(south) ?? [];
    const [other = ""] = devicesOf.get(south) ?? [];
    expect((await call(`/v1/devices/${device}`)).status).toBe(200);
    expectProblem(await call(`/v1/devices/${other}`), "device.not-found");
    expect((await call(path(mine))).status).toBe(200);
    for (const name of [theirs, waiting]) expectProblem(await call(path(name)), "stream.not-found");
    expectProblem(await call(path(mine), "PATCH", { device: other }), "device.not-found");
  });

  test("finds nobody of those who look after it", async () => {
    const { id } = await cloud.addUser({ sites: { [south]: ["member"] } });
    expect((await call("/v1/users")).body).toEqual({ items: [] });
    expectProblem(await call(`/v1/users/${id}`), "user.not-found");
  });

  test("makes streams there, and nothing else", async () => {
    const name = freshName("s");
    const made = await call("/v1/streams", "POST", { name, source });
    expect([made.status, made.body.site, made.body.device]).toEqual([201, south, device]);
    for (const answer of [
      await call("/v1/streams", "POST", {
        name: freshName("s"),
        source,
        site: south,
        device: null,
      }),
      await call("/v1/devices", "POST", { name: freshName("b"), site: south }),
      await call("/v1/folders", "POST", { title: "Hall", site: south }),
      await call("/v1/sites", "POST", { name: freshName("site") }),
      await call(`/v1/sites/${south}`, "PATCH", { title: "x" }),
      await call(`/v1/sites/${south}`, "DELETE"),
      await call(`/v1/sites/${south}/members`),
    ])
      expectProblem(answer, "auth.forbidden");
  });
});

describe("a device that is chosen for a stream", () => {
  test("is one that is reached, however much less others have to do", async () => {
    const [near, far] = [await cloud.addBox(), await cloud.addBox()];
    const { call } = await person({ [near.site]: ["edit-streams"], [far.site]: ["member"] });
    for (let n = 0; n < 3; n += 1) {
      const { body } = await call("/v1/streams", { body: { name: freshName("s"), source } });
      expect([body.device, body.site]).toEqual([near.device, near.site]);
    }
    const there = { body: { name: freshName("s"), source, site: far.site } };
    expectProblem(await call("/v1/streams", there), "auth.forbidden");
  });

  test("is not there, and the reasons name none that is not reached", async () => {
    const site = await cloud.addSite();
    const box = await cloud.addBox({ site, enrolled: false });
    const { call } = await person({ [site]: ["edit-streams"] });
    const body = { name: freshName("s"), source, site };
    const answer = await call("/v1/streams", { body });
    expect(answer.body).toMatchObject({ device: null, waiting: { [box.name]: expect.anything() } });
    expect(Object.keys(answer.body.waiting)).toEqual([box.name]);
  });
});

describe("a name that something hidden has", () => {
  test("is taken, and the refusal tells no more than that", async () => {
    const { call } = await person({ [north]: ["edit-streams"] });
    const name = streamsOf.get(hidden)?.[0] ?? "";
    const body = { name, source, site: north, device: null };
    const answer = await call("/v1/streams", { body });
    expectProblem(answer, "stream.name-taken");
    expect(answer.body.details).toBeUndefined();
    const theirs = (await cloud.call(`/v1/streams/${encodeURIComponent(name)}`)).body;
    for (const told of [theirs.id, theirs.requestId, theirs.device].filter(Boolean))
      expect(answer.text).not.toContain(told);
  });
});
