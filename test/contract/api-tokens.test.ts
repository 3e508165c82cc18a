/** Tokens over `/v1`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import type { Answer } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { addPerson, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let box: Box;
beforeAll(async () => {
  cloud = await startCloud();
  box = await cloud.addBox();
});
afterAll(() => cloud.close());

const issue = (some: object = {}, token = cloud.token) =>
  cloud.call("/v1/tokens", { body: { name: "script", scopes: ["sites:read"], ...some }, token });

describe("a token", () => {
  test("is shown once, does what it may, and nothing else", async () => {
    const { status, body } = await issue();
    expect(status).toBe(201);
    const { token, ...rest } = body as { token: string; id: string };
    expect(token).toMatch(/^slt_[\w-]{43}$/);
    expect(rest).toMatchObject({
      name: "script",
      audience: "api",
      device: null,
      expiresAtMs: null,
    });
    const listed = await cloud.call("/v1/tokens");
    expect(listed.body.items).toContainEqual(rest);
    expect(listed.text).not.toContain(token);
    expect((await cloud.call("/v1/sites", { token })).status).toBe(200);
    expectProblem(await cloud.call("/v1/devices", { token }), "auth.forbidden");
  });

  test("is no longer let in once it is revoked", async () => {
    const { token, id } = (await issue()).body;
    const revoke = () => cloud.call(`/v1/tokens/${id}`, { method: "DELETE" });
    expect((await revoke()).status).toBe(204);
    expectProblem(await cloud.call("/v1/sites", { token }), "auth.required");
    expectProblem(await revoke(), "token.not-found");
  });

  test("ends when it was said to", async () => {
    const nowMs = cloud.deps.clock.nowMs();
    const { token } = (await issue({ expiresAtMs: nowMs + 60_000 })).body;
    expect((await cloud.call("/v1/sites", { token })).status).toBe(200);
    cloud.deps.clock.advance(60_000);
    expectProblem(await cloud.call("/v1/sites", { token }), "auth.required");
    expectProblem(await issue({ expiresAtMs: nowMs }), "input.invalid");
  });

  test.each([{ scopes: ["*"] }, { scopes: ["sites:read", "streams:read"] }])(
    "may do no more than who makes it: %j",
    async (some) => {
      const { token } = (await issue({ scopes: ["tokens:write", "sites:read"] })).body;
      const answer = await issue(some, token);
      expectProblem(answer, "auth.forbidden");
      expect((await issue({}, token)).status).toBe(201);
    },
  );

  test("may stand in place of a login, or of its password", async () => {
    const { token } = (await issue()).body;
    for (const userinfo of [`${token}:`, `x:${token}`, `:${token}`, token]) {
      const authorization = `Basic ${Buffer.from(userinfo).toString("base64")}`;
      const call = { token: "", headers: { authorization } };
      expect((await cloud.call("/v1/sites", call)).status).toBe(200);
    }
  });

  test("of a device is good for nothing in /v1", async () => {
    const { body } = await issue({ scopes: ["*"], device: box.name });
    expect(body).toMatchObject({ audience: "deepstream", device: box.device });
    expectProblem(await cloud.call("/v1/sites", { token: body.token }), "auth.forbidden");
    expectProblem(await issue({ device: "nobody" }), "device.not-found");
  });

  test("of a device goes with it, others stay", async () => {
    const gone = await cloud.addBox();
    const bound = (await issue({ device: gone.device })).body;
    const [other, free] = [(await issue({ device: box.device })).body, (await issue()).body];
    const path = `/v1/devices/${gone.device}`;
    expect((await cloud.call(path, { method: "DELETE" })).status).toBe(204);
    const { items } = (await cloud.call("/v1/tokens?limit=100")).body;
    const ids = items.map(({ id }: { id: string }) => id);
    expect(ids).not.toContain(bound.id);
    expect(ids).toEqual(expect.arrayContaining([other.id, free.id]));
    expectProblem(await cloud.call("/v1/sites", { token: bound.token }), "auth.required");
  });

  test("that is asked for twice with one key is one", async () => {
    const call = {
      body: { name: "keyed", scopes: ["sites:read"] },
      headers: { "idempotency-key": "token-1" },
    };
    const [first, second] = [
      await cloud.call("/v1/tokens", call),
      await cloud.call("/v1/tokens", call),
    ];
    expect(second.body).toEqual(first.body);
  });
});

describe("whose a token is", () => {
  let site: number;
  let ann: Person;
  let ben: Person;
  beforeAll(async () => {
    site = await cloud.addSite();
    ann = await addPerson(cloud, { sites: { [site]: ["member"] } });
    ben = await addPerson(cloud, { sites: { [site]: ["member"] } });
  });
  const idOf = async (person: Person): Promise<string> => {
    const body = { name: "script", scopes: ["streams:read"] };
    return String((await person.call("/v1/tokens", { body })).body.id);
  };
  const usersOf = (answer: Answer): number[] =>
    answer.body.items.map(({ user }: { user: number }) => user);

  test("decides who sees it: one's own, an admin everybody's or somebody's", async () => {
    await Promise.all([idOf(ann), idOf(ben)]);
    const { id } = ann.user;
    expect(new Set(usersOf(await ann.call("/v1/tokens")))).toEqual(new Set([id]));
    expect(new Set(usersOf(await ann.call(`/v1/tokens?user=${id}`)))).toEqual(new Set([id]));
    expectProblem(await ann.call(`/v1/tokens?user=${ben.user.id}`), "user.not-found");
    expectProblem(await ann.call("/v1/tokens?user=1"), "user.not-found");
    const all = usersOf(await cloud.call("/v1/tokens?limit=500"));
    expect(all).toEqual(expect.arrayContaining([1, id, ben.user.id]));
    for (const key of [ben.user.id, ben.user.login])
      expect(new Set(usersOf(await cloud.call(`/v1/tokens?user=${key}`)))).toEqual(
        new Set([ben.user.id]),
      );
    expectProblem(await cloud.call("/v1/tokens?user=999999"), "user.not-found");
  });

  test("decides who lists it page by page, and no cursor names another's", async () => {
    const own = [await idOf(ann), await idOf(ann), await idOf(ann)];
    const listed: string[] = [];
    let next = "";
    do {
      const { body } = await ann.call(`/v1/tokens?limit=1${next && `&cursor=${next}`}`);
      listed.push(...body.items.map(({ id }: { id: string }) => id));
      next = body.next ?? "";
      if (next) expect(Buffer.from(next, "base64url").toString()).toContain(listed.at(-1));
    } while (next);
    expect(listed).toEqual(expect.arrayContaining(own));
    expect(new Set(listed).size).toBe(listed.length);
  });

  test("decides who revokes it: to anybody else it does not exist", async () => {
    const id = await idOf(ann);
    const revoke = { method: "DELETE" };
    expectProblem(await ben.call(`/v1/tokens/${id}`, revoke), "token.not-found");
    expectProblem(await ben.call(`/v1/tokens/${id}/rotate`, { method: "POST" }), "token.not-found");
    expect((await ann.call(`/v1/tokens/${id}`, revoke)).status).toBe(204);
    const second = await idOf(ann);
    expect((await cloud.call(`/v1/tokens/${second}`, revoke)).status).toBe(204);
  });

  test("decides what it may: no scope that they have nowhere", async () => {
    for (const scope of ["streams:write", "users:read", "organization:read", "audit:read"]) {
      const answer = await ann.call("/v1/tokens", { body: { name: "x", scopes: [scope] } });
      expectProblem(answer, "auth.forbidden");
      expect(answer.body.details).toEqual({ lacking: [scope] });
    }
    const token = await ann.token(["*"]);
    expect((await cloud.call("/v1/streams", { token })).status).toBe(200);
    expectProblem(await cloud.call("/v1/users", { token }), "auth.forbidden");
  });

  test("decides where it reaches: no site or device that they do not see", async () => {
    const far = await cloud.addBox({ enrolled: false });
    const ask = (some: object) =>
      ann.call("/v1/tokens", { body: { name: "x", scopes: ["streams:read"], ...some } });
    expectProblem(await ask({ device: far.device }), "device.not-found");
    expectProblem(await ask({ site: far.site }), "site.not-found");
    expect((await ask({ site })).body).toMatchObject({ site, device: null, audience: "api" });
  });
});

describe("what a token makes", () => {
  const scopes = ["tokens:read", "tokens:write", "sites:read"];
  const make = async (some: object = {}, token = cloud.token) => (await issue(some, token)).body;

  test("is the same user's, and ends with its maker's end at the latest", async () => {
    const nowMs = cloud.deps.clock.nowMs();
    const parent = await make({ scopes, expiresAtMs: nowMs + 60_000 });
    expect(await make({}, parent.token)).toMatchObject({ user: 1, expiresAtMs: nowMs + 60_000 });
    const early = await make({ expiresAtMs: nowMs + 1_000 }, parent.token);
    expect(early.expiresAtMs).toBe(nowMs + 1_000);
    expectProblem(await issue({ expiresAtMs: nowMs + 60_001 }, parent.token), "auth.forbidden");
  });

  test("is bound to the site of its maker, and reaches nothing else", async () => {
    const [site, other] = [await cloud.addSite(), await cloud.addSite()];
    const parent = await make({ scopes, site });
    const child = await make({}, parent.token);
    expect(child.site).toBe(site);
    const list = await cloud.call("/v1/sites/" + other, { token: child.token });
    expectProblem(list, "site.not-found");
    expectProblem(await issue({ site: other }, parent.token), "site.not-found");
    expectProblem(await issue({ device: box.device }, parent.token), "device.not-found");
  });

  test("is bound to the device of its maker", async () => {
    const parent = await make({ scopes, device: box.device, audience: "api" });
    expect(await make({ audience: "api" }, parent.token)).toMatchObject({ device: box.device });
    expectProblem(await issue({ site: box.site }, parent.token), "auth.forbidden");
  });

  test("may no more than it, also when its user may", async () => {
    const parent = await make({ scopes });
    expectProblem(await issue({ scopes: ["users:write"] }, parent.token), "auth.forbidden");
    expectProblem(await issue({ scopes: ["*"] }, parent.token), "auth.forbidden");
  });

  test("a token bound to a site neither sees nor ends its user's others", async () => {
    const free = await make();
    const parent = await make({ scopes, site: await cloud.addSite() });
    const { items } = (await cloud.call("/v1/tokens?limit=500", { token: parent.token })).body;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([parent.id]);
    for (const call of [
      { method: "DELETE", at: "" },
      { method: "POST", at: "/rotate" },
    ])
      expectProblem(
        await cloud.call(`/v1/tokens/${free.id}${call.at}`, { ...call, token: parent.token }),
        "token.not-found",
      );
  });
});

describe("the audience of a token", () => {
  test.each([
    [{}, "api"],
    [{ audience: "api" }, "api"],
  ])("with %j is %s", async (some, audience) => {
    expect((await issue(some)).body).toMatchObject({ audience });
  });

  test("is DeepStream's with a device, unless another one is said", async () => {
    expect((await issue({ device: box.device })).body.audience).toBe("deepstream");
    const api = await issue({ device: box.device, audience: "api" });
    expect(api.body).toMatchObject({ audience: "api", site: box.site, device: box.device });
  });

  test("cannot be DeepStream's without one, nor one that there is not", async () => {
    expectProblem(await issue({ audience: "deepstream" }), "input.invalid");
    expectProblem(await issue({ audience: "deepstream", site: box.site }), "input.invalid");
    expectProblem(await issue({ audience: "onvif-of-nobody" }), "input.invalid");
  });

  test("a device is bound with its own site only", async () => {
    const site = await cloud.addSite();
    expectProblem(await issue({ device: box.device, site }), "input.invalid");
    expect((await issue({ device: box.device, site: box.site })).status).toBe(201);
  });
});

describe("rotation", () => {
  const rotate = (id: string, token = cloud.token) =>
    cloud.call(`/v1/tokens/${id}/rotate`, { method: "POST", token });

  test("gives a new text, which counts at once, and the old one no more", async () => {
    const { token: before, ...made } = (await issue()).body;
    const { status, body } = await rotate(made.id);
    const { token: after, ...rest } = body;
    expect([status, rest]).toEqual([201, made]);
    expect(after).toMatch(/^slt_[\w-]{43}$/);
    expect(after).not.toBe(before);
    expectProblem(await cloud.call("/v1/sites", { token: before }), "auth.required");
    expect((await cloud.call("/v1/sites", { token: after })).status).toBe(200);
    await cloud.call(`/v1/tokens/${made.id}`, { method: "DELETE" });
    expectProblem(await cloud.call("/v1/sites", { token: after }), "auth.required");
  });

  test("can be done by the token itself; of several at once, one text counts then", async () => {
    const { token, id } = (await issue({ scopes: ["tokens:write", "sites:read"] })).body;
    const answers = await Promise.all([rotate(id, token), rotate(id, token), rotate(id, token)]);
    expectProblem(await rotate(id, token), "auth.required");
    const texts = answers.flatMap(({ body }) => (body.token ? [String(body.token)] : []));
    const statuses = await Promise.all(
      texts.map(async (text) => (await cloud.call("/v1/sites", { token: text })).status),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test("gives nobody a token that may more than the one they call with", async () => {
    const nowMs = cloud.deps.clock.nowMs();
    const all = (await issue({ scopes: ["*"] })).body;
    const weak = (await issue({ scopes: ["tokens:write"] })).body;
    expectProblem(await rotate(all.id, weak.token), "auth.forbidden");
    const ending = (await issue({ scopes: ["*"], expiresAtMs: nowMs + 60_000 })).body;
    expectProblem(await rotate(all.id, ending.token), "auth.forbidden");
    expect((await cloud.call("/v1/sites", { token: all.token })).status).toBe(200);
  });

  test("is for whose it is: an admin may end another's token, not have it", async () => {
    const site = await cloud.addSite();
    const person = await addPerson(cloud, { sites: { [site]: ["member"] } });
    const body = { name: "own", scopes: ["streams:read"] };
    const { id } = (await person.call("/v1/tokens", { body })).body;
    expectProblem(await rotate(id), "auth.forbidden");
    expect((await person.call(`/v1/tokens/${id}/rotate`, { method: "POST" })).status).toBe(201);
  });

  test.each(["x", "tok_", `tok_${"0".repeat(26)}`, "evt_00000000000000000000000000"])(
    "of nothing is refused: %s",
    async (id) => expectProblem(await rotate(id), "token.not-found"),
  );
});
