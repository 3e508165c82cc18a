/** The audit log of the running API: when a call leaves a record, and who may read it. */
import { randomUUID } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { createApp } from "@sightline/functions/http/app";
import type { HttpDeps } from "@sightline/functions/shared/call";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../support/api.ts";
import { auditLog, auditOf } from "../support/audit.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";
import { storeWith } from "../support/store.ts";

let cloud: Cloud;
let site: number;
beforeAll(async () => {
  cloud = await startCloud();
  site = await cloud.addSite();
});
afterAll(() => cloud.close());

const newStream = () => ({
  name: freshName("s"),
  site,
  device: null,
  source: { url: "rtsp://camera/1" },
});
const addStream = async () => (await cloud.call("/v1/streams", { body: newStream() })).body;

/** One request under an id of its own, and the records that it left. */
async function recorded(route: string, { headers, ...call }: Call) {
  const requestId = randomUUID();
  const answer = await cloud.call(route, {
    ...call,
    headers: { ...headers, "x-request-id": requestId },
  });
  return { answer, records: await auditOf(cloud, requestId) };
}

interface Sent {
  readonly body: unknown;
  readonly method?: string;
  readonly env?: object;
}

/** The API over the same fleet with some parts of its own. */
function appWith(some: Partial<HttpDeps>) {
  const app = createApp({ ...cloud.deps, ...some });
  return async (route: string, { body, method = "POST", env }: Sent) => {
    const requestId = randomUUID();
    const headers = {
      authorization: `Bearer ${cloud.token}`,
      "content-type": "application/json",
      "x-request-id": requestId,
    };
    const init = { method, headers, body: JSON.stringify(body) };
    const answer = await app.request(route, init, env);
    return { answer, requestId };
  };
}

describe("a call leaves no record", () => {
  test("when it is refused before it wrote anything", async () => {
    const { name } = await addStream();
    const calls = [
      recorded("/v1/streams", { body: { ...newStream(), name } }),
      recorded("/v1/streams", { body: { name: 1 } }),
      recorded("/v1/streams/nobody", { method: "PATCH", body: { title: "x" } }),
      recorded("/v1/streams", { body: newStream(), token: await cloud.addToken(["streams:read"]) }),
      recorded("/v1/streams", { body: newStream(), token: "slt_nobody" }),
      recorded(`/v1/streams/${name}`, {
        method: "PATCH",
        body: { title: "x" },
        headers: { "if-match": '"7"' },
      }),
    ];
    const outcomes = await Promise.all(calls);
    expect(outcomes.map(({ answer }) => answer.status)).toEqual([409, 400, 404, 403, 401, 412]);
    expect(outcomes.flatMap(({ records }) => records)).toEqual([]);
  });

  test("when all is so already", async () => {
    const { id, title } = await addStream();
    const { answer, records } = await recorded(`/v1/streams/${id}`, {
      method: "PATCH",
      body: { title },
    });
    expect([answer.status, records]).toEqual([200, []]);
  });

  test("when its answer was kept from the first time", async () => {
    const headers = { "idempotency-key": `"${randomUUID()}"` };
    const body = newStream();
    const first = await recorded("/v1/streams", { body, headers });
    const again = await recorded("/v1/streams", { body, headers });
    expect(again.answer.body).toEqual(first.answer.body);
    expect([first.records.length, again.records.length]).toEqual([1, 0]);
  });

  test("when two want the same, and it is the other's change", async () => {
    const body = newStream();
    const both = await Promise.all([1, 2].map(() => recorded("/v1/streams", { body })));
    const statuses = both.map(({ answer, records }) => [answer.status, records.length]);
    expect(statuses.toSorted(([a = 0], [b = 0]) => a - b)).toEqual([
      [201, 1],
      [409, 0],
    ]);
  });
});

describe("a record", () => {
  test("tells of a refusal that came after a change", async () => {
    const { body: device } = await cloud.call("/v1/devices", {
      body: { name: freshName("b"), site },
    });
    const { body: stream } = await cloud.call("/v1/streams", {
      body: { ...newStream(), device: device.id },
    });
    const store = storeWith(cloud.deps.store, () => ({
      devices: { setSyncDue: () => Promise.reject(new Error("planted")) },
    }));
    const route = `/v1/streams/${stream.id}`;
    const sent = { method: "PATCH", body: { settings: { "encoder.bitrate": 5_000 } } };
    const { answer, requestId } = await appWith({ store })(route, sent);
    expect(answer.status).toBe(500);
    expect(await auditOf(cloud, requestId)).toMatchObject([{ status: 500 }]);
    expect((await cloud.call(route)).body.revision).toBe(2);
  });

  test("tells what the client was answered, when the answer could not be kept", async () => {
    const complete = () => Promise.reject(new DomainError("store.unavailable", "planted"));
    const store = storeWith(cloud.deps.store, () => ({ idempotency: { complete } }));
    const app = createApp({ ...cloud.deps, store });
    const requestId = randomUUID();
    const answer = await app.request("/v1/streams", {
      method: "POST",
      headers: {
        ...{ authorization: `Bearer ${cloud.token}`, "content-type": "application/json" },
        ...{ "x-request-id": requestId, "idempotency-key": randomUUID() },
      },
      body: JSON.stringify(newStream()),
    });
    expect(answer.status).toBe(503);
    expect(await auditOf(cloud, requestId)).toMatchObject([{ status: 503 }]);
  });

  test("tells how long the call took, and whence it came", async () => {
    const vault = {
      ...cloud.deps.vault,
      encrypt: (...given: Parameters<HttpDeps["vault"]["encrypt"]>) => {
        cloud.deps.clock.advance(2_500);
        return cloud.deps.vault.encrypt(...given);
      },
    };
    const call = appWith({ vault });
    const source = { url: "rtsp://camera/1", username: "viewer", password: "planted-1" };
    const body = { ...newStream(), source };
    const onAws = { requestContext: { http: { sourceIp: "2001:db8:1:2:3:4:5:6" } } };
    const { requestId } = await call("/v1/streams", { body, env: onAws });
    const [record] = await auditOf(cloud, requestId);
    expect(record).toMatchObject({ originator: "2001:db8:1:2::/64" });
    expect(record?.durationMs).toBeGreaterThanOrEqual(2_500);
    expect(record?.durationMs).toBeLessThan(5_000);
    const here = { incoming: { socket: { remoteAddress: "::ffff:203.0.113.9" } } };
    const next = await call("/v1/streams", { body: newStream(), env: here });
    expect(await auditOf(cloud, next.requestId)).toMatchObject([{ originator: "203.0.113.9" }]);
  });

  test("stays without an outcome when the process dies before it could say it", async () => {
    let reached: () => void = () => undefined;
    const died = new Promise<void>((resolve) => (reached = resolve));
    const finish = () => {
      reached();
      return new Promise<never>(() => undefined);
    };
    const store = storeWith(cloud.deps.store, () => ({ audit: { finish } }));
    const body = newStream();
    void appWith({ store })("/v1/streams", { body });
    await died;
    const [unfinished] = await auditLog(cloud);
    expect(unfinished).toMatchObject({
      operation: "POST /v1/streams",
      status: null,
      durationMs: null,
    });
    expect((await cloud.call(`/v1/streams/${body.name}`)).status).toBe(200);
  });

  test("that cannot be finished takes nothing from the answer, and is told to the log once", async () => {
    const finish = () => Promise.reject(new DomainError("store.unavailable", "planted"));
    const store = storeWith(cloud.deps.store, () => ({ audit: { finish } }));
    const { answer, requestId } = await appWith({ store })("/v1/streams", { body: newStream() });
    expect([answer.status, answer.headers.get("x-request-id")]).toEqual([201, requestId]);
    expect(await auditOf(cloud, requestId)).toMatchObject([{ status: null }]);
    expect(cloud.logged.filter((line) => line.includes(requestId))).toEqual([
      expect.stringContaining("an audit record stays without its outcome"),
    ]);
  });

  test("names a person who logged in", async () => {
    const user = await cloud.addUser({ accessLevel: "admin", password: "planted-2" });
    const { loginPrefix } = (await cloud.deps.store.organizations.get(cloud.organization))!;
    const login = Buffer.from(`${loginPrefix}${user.login}:planted-2`).toString("base64");
    const { records } = await recorded("/v1/streams", {
      body: newStream(),
      token: "",
      headers: { authorization: `Basic ${login}` },
    });
    expect(records).toMatchObject([{ actor: { kind: "user", id: String(user.id) } }]);
    expect(records[0]?.actor.name).toContain(user.login);
    expect(records[0]?.actor).not.toHaveProperty("user");
  });

  test("is there for each try that changed something: of the one that died, and of the one after it", async () => {
    let reached: () => void = () => undefined;
    const died = new Promise<void>((resolve) => (reached = resolve));
    const complete = () => {
      reached();
      return new Promise<never>(() => undefined);
    };
    const dying = createApp({
      ...cloud.deps,
      store: storeWith(cloud.deps.store, () => ({ idempotency: { complete } })),
    });
    const { token, organization } = await cloud.addOrganization();
    const headers = { "idempotency-key": `"${randomUUID()}"` };
    const body = { name: "script", scopes: ["sites:read"] };
    const all = {
      ...{ ...headers, authorization: `Bearer ${token}` },
      "content-type": "application/json",
    };
    void dying.request("/v1/tokens", { method: "POST", headers: all, body: JSON.stringify(body) });
    await died;
    cloud.letPass(limits.idempotencyLeaseMs);
    expect((await cloud.call("/v1/tokens", { body, headers, token })).status).toBe(201);
    const records = await auditLog(cloud, { token });
    expect(records.map(({ status }) => status)).toEqual([201, null]);
    const { items } = await cloud.deps.store.tokens.list(organization, { rows: 10 });
    expect(items.filter(({ name }) => name === "script")).toHaveLength(1);
  });
});

describe("the list", () => {
  test("comes in pages, newest first", async () => {
    const { token } = await cloud.addOrganization();
    const sites = [
      await cloud.addSite(token),
      await cloud.addSite(token),
      await cloud.addSite(token),
    ];
    const all = await auditLog(cloud, { token });
    expect(all).toHaveLength(sites.length);
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    const first = await cloud.call("/v1/audit?limit=2", { token });
    expect(first.body.items).toEqual(all.slice(0, 2));
    const second = await cloud.call(`/v1/audit?limit=2&cursor=${first.body.next}`, { token });
    expect(second.body).toEqual({ items: all.slice(2) });
  });

  test("can be narrowed by time, by who asked and by what was asked", async () => {
    const { token, organization } = await cloud.addOrganization();
    await cloud.addSite(token);
    cloud.letPass(10_000);
    const other = await cloud.addToken(["*"], organization);
    await cloud.call("/v1/sites/1", { method: "PATCH", body: {}, token: other });
    const issued = { name: "third", scopes: ["sites:read"] };
    await cloud.call("/v1/tokens", { body: issued, token: other });
    const list = (query: string) => auditLog(cloud, { query, token });
    const [newest, oldest] = await list("");
    expect([newest?.operation, oldest?.operation]).toEqual(["POST /v1/tokens", "POST /v1/sites"]);
    expect(await list(`&from=${newest!.atMs}`)).toEqual([newest]);
    expect(await list(`&to=${newest!.atMs}`)).toEqual([oldest]);
    expect(await list(`&from=${oldest!.atMs}&to=${oldest!.atMs + 1}`)).toEqual([oldest]);
    expect(await list(`&actor=${newest!.actor.id}`)).toEqual([newest]);
    expect(await list(`&actor=${encodeURIComponent("token-*")}`)).toEqual([newest, oldest]);
    expect(await list("&actor=nobody")).toEqual([]);
    const operation = encodeURIComponent("POST /v1/sites");
    expect(await list(`&operation=${operation}`)).toEqual([oldest]);
    expect(await list(`&operation=${operation}&actor=${newest!.actor.id}`)).toEqual([]);
  });

  test("shows nothing of another organization, and takes none of its cursors", async () => {
    const { token } = await cloud.addOrganization();
    expect(await auditLog(cloud, { token })).toEqual([]);
    await addStream();
    await addStream();
    const { next } = (await cloud.call("/v1/audit?limit=1")).body;
    expect(next).toMatch(/./);
    expectProblem(await cloud.call(`/v1/audit?cursor=${next}`, { token }), "input.cursor-invalid");
    const elsewhere = await cloud.call(`/v1/audit?actor=x&cursor=${next}`);
    expectProblem(elsewhere, "input.cursor-invalid");
  });

  test("is for those alone who may read all of the organization", async () => {
    const lacking = await cloud.addToken(["streams:read", "tokens:read"]);
    expectProblem(await cloud.call("/v1/audit", { token: lacking }), "auth.forbidden");
    const sites = { [site]: ["member", "edit-streams", "edit-users"] as const };
    const { id: user } = await cloud.addUser({ sites });
    const token = await cloud.addToken(["*"], cloud.organization, { user });
    expectProblem(await cloud.call("/v1/audit", { token }), "auth.forbidden");
  });

  test.each(["from=x", "from=-1", "to=1.5", "to=99999999999999", "actor=", "limit=0", "limit=501"])(
    "refuses %s",
    async (query) => {
      expectProblem(await cloud.call(`/v1/audit?${query}`), "input.invalid");
    },
  );

  test("refuses a cursor with a position that is none", async () => {
    const { next } = (await cloud.call("/v1/audit?limit=1")).body;
    const [of] = JSON.parse(Buffer.from(next, "base64url").toString("utf8"));
    for (const position of ["", "x", "9".repeat(20), "1800000000000#x"]) {
      const cursor = Buffer.from(JSON.stringify([of, position])).toString("base64url");
      expectProblem(await cloud.call(`/v1/audit?cursor=${cursor}`), "input.cursor-invalid");
    }
  });
});
