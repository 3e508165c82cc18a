/** `Idempotency-Key` on the running API: a POST that is sent again is carried out once. */
import { createHash, randomUUID } from "node:crypto";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { digest } from "@sightline/core/digest";
import { createApp } from "@sightline/functions/http/app";
import type { HttpDeps } from "@sightline/functions/shared/call";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName, tables } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";
import { storeWith } from "../support/store.ts";

let cloud: Cloud;
let site: number;
beforeAll(async () => {
  cloud = await startCloud();
  site = await cloud.addSite();
});
afterAll(() => cloud.close());

const keyed = (key = `"${randomUUID()}"`) => ({ "idempotency-key": key });
const newStream = () => ({
  name: freshName("s"),
  site,
  device: null,
  source: { url: "rtsp://camera/1" },
});

/** Names of streams that begin with this one. */
async function streamsNamed(name: string): Promise<number> {
  const { body } = await cloud.call("/v1/streams?limit=500");
  return (body.items as { name: string }[]).filter((stream) => stream.name === name).length;
}

/** The API over the same fleet with some parts of its own. */
function appWith(some: Partial<HttpDeps>) {
  const app = createApp({ ...cloud.deps, ...some });
  return (route: string, body: unknown, headers: Record<string, string>) =>
    Promise.resolve(
      app.request(route, {
        method: "POST",
        body: JSON.stringify(body),
        headers: {
          authorization: `Bearer ${cloud.token}`,
          "content-type": "application/json",
          ...headers,
        },
      }),
    );
}

test("the first answer is given again, whole, and nothing is made twice", async () => {
  const body = newStream();
  const headers = keyed();
  const first = await cloud.call("/v1/streams", { body, headers });
  expect(first.status).toBe(201);
  expect(first.headers.has("idempotency-replayed")).toBe(false);
  const again = await cloud.call("/v1/streams", { body, headers });
  expect([again.status, again.body]).toEqual([201, first.body]);
  for (const name of ["location", "etag", "content-type"])
    expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  expect(await streamsNamed(body.name)).toBe(1);
});

test("a key without quotes is the same key", async () => {
  const body = { name: freshName("site") };
  const key = randomUUID();
  const first = await cloud.call("/v1/sites", { body, headers: keyed(key) });
  const again = await cloud.call("/v1/sites", { body, headers: keyed(`"${key}"`) });
  expect(again.body).toEqual(first.body);
});

test("a refusal is an answer like any other", async () => {
  const headers = keyed();
  const body = { ...newStream(), device: "nobody" };
  const first = await cloud.call("/v1/streams", { body, headers });
  expectProblem(first, "device.not-found");
  await cloud.call("/v1/devices", { body: { name: "nobody", site } });
  const again = await cloud.call("/v1/streams", { body, headers });
  expect([again.status, again.body]).toEqual([404, first.body]);
  expect(again.headers.get("content-type")).toBe("application/problem+json");
});

test("another request under the same key is refused, and not carried out", async () => {
  const headers = keyed();
  await cloud.call("/v1/streams", { body: newStream(), headers });
  const other = newStream();
  expectProblem(
    await cloud.call("/v1/streams", { body: other, headers }),
    "idempotency.key-reused",
  );
  const onSites = { name: freshName("site") };
  expectProblem(
    await cloud.call("/v1/sites", { body: onSites, headers }),
    "idempotency.key-reused",
  );
  expect(await streamsNamed(other.name)).toBe(0);
});

test("a key belongs to who sent it, also when two tokens have one name", async () => {
  const headers = keyed();
  const [one, two] = [await cloud.addToken(["*"]), await cloud.addToken(["*"])];
  const { token: stranger } = await cloud.addOrganization();
  const asked = [one, two, stranger].map((token) =>
    cloud.call("/v1/sites", { body: { name: freshName("site") }, headers, token }),
  );
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([201, 201, 201]);
});

test.each(["", '""', "a b", '"a', 'a"', '"a\\b"', "x".repeat(256), '"é"', '"a", "b"'])(
  "%j is not a key",
  async (key) => {
    const headers = { "idempotency-key": Buffer.from(key).toString("latin1") };
    const answer = await cloud.call("/v1/sites", { body: { name: freshName("site") }, headers });
    expectProblem(answer, "idempotency.key-invalid");
  },
);

test("of ten at once one is carried out; the others are told when to come again", async () => {
  const body = newStream();
  const headers = keyed();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => cloud.call("/v1/streams", { body, headers })),
  );
  const made = answers.filter(({ status }) => status === 201);
  expect(new Set(made.map((answer) => answer.body.id)).size).toBe(1);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expectProblem(answer, "idempotency.busy");
    const waitS = Number(answer.headers.get("retry-after"));
    expect(waitS).toBeGreaterThan(0);
    expect(waitS).toBeLessThanOrEqual(limits.idempotencyLeaseMs / 1000);
  }
  expect(await streamsNamed(body.name)).toBe(1);
});

describe("what could be better the next time is not kept", () => {
  test.each(["store.unavailable", "stream.conflict", "internal"] as const)("%s", async (code) => {
    let failing = true;
    const store = storeWith(cloud.deps.store, ({ streams }) => ({
      streams: {
        create: async (stream) => {
          if (failing) throw new DomainError(code, "planted");
          return streams.create(stream);
        },
      },
    }));
    const call = appWith({ store });
    const [body, headers] = [newStream(), keyed()];
    const refused = await call("/v1/streams", body, headers);
    expect(await refused.json()).toMatchObject({ code });
    failing = false;
    const next = await call("/v1/streams", body, headers);
    expect([next.status, next.headers.has("idempotency-replayed")]).toEqual([201, false]);
  });
});

/** An API whose process dies after it did its work and before it could keep the answer. */
function dyingApp() {
  const gone = new Promise<never>(() => undefined);
  let reached: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (reached = resolve));
  const complete = () => {
    reached();
    return gone;
  };
  const store = storeWith(cloud.deps.store, () => ({ idempotency: { complete } }));
  const call = appWith({ store });
  return { call, died };
}

describe("a crash before the answer was kept", () => {
  const bodies = {
    "/v1/streams": () => newStream(),
    "/v1/devices": () => ({ name: freshName("box"), site }),
  };

  test.each(Object.entries(bodies))(
    "holds the key of %s for a lease; then the retry gets what was made",
    async (route, make) => {
      const [body, headers] = [make(), keyed()];
      const { call, died } = dyingApp();
      void call(route, body, headers);
      await died;
      expectProblem(await cloud.call(route, { body, headers }), "idempotency.busy");
      const [made] = (await cloud.call(`${route}?limit=500`)).body.items.filter(
        (item: { name: string }) => item.name === body.name,
      );
      cloud.deps.clock.advance(limits.idempotencyLeaseMs);
      const retry = await cloud.call(route, { body, headers });
      expect([retry.status, retry.body.id]).toEqual([201, made.id]);
      const again = await cloud.call(route, { body, headers });
      expect([again.body, again.headers.get("idempotency-replayed")]).toEqual([retry.body, "true"]);
    },
  );

  test("gives a command once", async () => {
    const box = await cloud.addBox();
    const stream = (
      await cloud.call("/v1/streams", {
        body: { ...newStream(), site: box.site, device: box.device },
      })
    ).body.id;
    const route = `/v1/devices/${box.device}/commands`;
    const body = { kind: "stream.force-idr", args: { stream } };
    const headers = keyed();
    const { call, died } = dyingApp();
    void call(route, body, headers);
    await died;
    cloud.deps.clock.advance(limits.idempotencyLeaseMs);
    expect((await cloud.call(route, { body, headers })).status).toBe(201);
    expect((await cloud.call(route)).body.items).toHaveLength(1);
  });
});

test("a kept answer ends after a day", async () => {
  const body = { name: freshName("site") };
  const headers = keyed();
  await cloud.call("/v1/sites", { body, headers });
  cloud.deps.clock.advance(limits.idempotencyKeptMs - 1_000);
  expect((await cloud.call("/v1/sites", { body, headers })).status).toBe(201);
  cloud.deps.clock.advance(2_000);
  expectProblem(await cloud.call("/v1/sites", { body, headers }), "site.name-taken");
});

test("an enrolment token is given again, and lies encrypted until then", async () => {
  const box = await cloud.addBox({ enrolled: false });
  const call = { method: "POST", headers: keyed() };
  const route = `/v1/devices/${box.device}/enrolments`;
  const first = await cloud.call(route, call);
  const again = await cloud.call(route, call);
  expect(again.body).toEqual(first.body);
  const { Items = [] } = await cloud.dynamo.send(new ScanCommand({ TableName: tables.state }));
  const kept = Items.filter(({ pk }) => pk?.S?.startsWith("IDEM#"));
  expect(kept.length).toBeGreaterThan(0);
  const secret = String(first.body.token).split(".")[1] ?? "";
  expect(secret).toMatch(/.{40}/);
  expect(JSON.stringify(Items)).not.toContain(secret);
  expect((await box.enrol(again.body.token)).status).toBe(201);
});

test("what is kept of a request does not tell whether a guess at its secrets is right", async () => {
  const body = { name: freshName("site") };
  for (const headers of [keyed(), keyed()]) await cloud.call("/v1/sites", { body, headers });
  // All that is not in the table: the key that the client has made.
  const guess = digest(createHash("sha256"), ["POST", "/v1/sites", "", JSON.stringify(body)]);
  const { Items } = await cloud.dynamo.send(new ScanCommand({ TableName: tables.state }));
  const kept = (Items ?? []).flatMap(({ fingerprint }) => fingerprint?.S ?? []);
  expect(kept.length).toBeGreaterThan(1);
  expect(kept).not.toContain(guess);
});

test("a request without the header makes no row", async () => {
  const rows = async () =>
    (await cloud.dynamo.send(new ScanCommand({ TableName: tables.state }))).Items?.filter(
      ({ pk }) => pk?.S?.startsWith("IDEM#"),
    ).length;
  const before = await rows();
  await cloud.call("/v1/sites", { body: { name: freshName("site") } });
  expect(await rows()).toBe(before);
});
