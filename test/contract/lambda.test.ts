/** Every function as it is shipped: its bundle in a process of its own, called with the events that AWS hands it. */
import { X509Certificate } from "node:crypto";
import type { _Record } from "@aws-sdk/client-dynamodb-streams";
import type { Command } from "@sightline/core/command/command";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { httpEvent, scheduledEvent, sqsEvent, streamEvent } from "../support/aws-event.ts";
import { makeReport } from "../../packages/core/test/fixtures.ts";
import type { Box } from "../support/box.ts";
import { Fleet } from "../support/fleet.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { Lambda } from "../support/lambda.ts";
import { freshName, installation } from "../support/names.ts";
import { healthReport, noFacts } from "../support/device-report.ts";

/** KB (1000 bytes). What is larger starts slower. */
const budgets = {
  http: 650,
  enrol: 650,
  "device-events": 480,
  "shadow-sync": 480,
  sweep: 480,
} as const;
type Name = keyof typeof budgets;

let cloud: Cloud;
const functions = new Map<Name, Lambda>();
const lambda = (name: Name): Lambda => functions.get(name)!;

beforeAll(async () => {
  cloud = await startCloud();
  const names = Object.keys(budgets) as Name[];
  await Promise.all(
    names.map(async (name) => functions.set(name, await Lambda.start(name, cloud.environment))),
  );
});
afterAll(async () => {
  await Promise.all([...functions.values()].map((one) => one.close()));
  await cloud.close();
});

test.each(Object.entries(budgets) as [Name, number][])("%s is at most %i KB", (name, budgetKb) => {
  expect(lambda(name).sizeBytes / 1000).toBeLessThanOrEqual(budgetKb);
  // A bundle that lacks half of it would be small too.
  expect(lambda(name).sizeBytes).toBeGreaterThan(50_000);
});

test("a function that is not told everything does not start", async () => {
  const { SIGHTLINE_STATE_TABLE: _, ...environment } = cloud.environment;
  await expect(Lambda.start("sweep", environment)).rejects.toThrow("SIGHTLINE_STATE_TABLE");
});

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const request = async (name: Name, ...of: Parameters<typeof httpEvent>): Promise<HttpAnswer> =>
  (await lambda(name).invoke(httpEvent(...of))) as HttpAnswer;

describe("http", () => {
  const headers = (): Record<string, string> => ({ authorization: `Bearer ${cloud.token}` });

  test("answers a request of API Gateway", async () => {
    const answer = await request("http", "GET", "/v1/health");
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(answer.body)).toEqual({
      status: "ok",
      database: "ok",
      version: "0.0.0-test",
    });
  });

  test("takes a body and a query, and brings a stream to its box", async () => {
    const box = await cloud.addBox();
    const body = {
      name: freshName("hall/door"),
      device: box.device,
      source: { url: "rtsp://a:planted@b/1" },
    };
    const made = await request("http", "POST", "/v1/streams", { body, headers: headers() });
    expect(made.statusCode).toBe(201);
    const { id } = JSON.parse(made.body) as { id: string };
    expect(made.headers["location"]).toBe(`/v1/streams/${id}`);
    const found = await request("http", "GET", `/v1/streams/${encodeURIComponent(body.name)}`, {
      headers: headers(),
    });
    expect(JSON.parse(found.body)).toMatchObject({
      id,
      source: { url: "rtsp://b/1", username: "a" },
    });
    const list = await request("http", "GET", `/v1/streams?limit=1&site=${box.site}`, {
      headers: headers(),
    });
    expect(JSON.parse(list.body)).toMatchObject({ items: [{ id }] });
    const shadow = await cloud.deps.gateway.getShadow(box.thing, `stream-${id}`);
    expect(shadow?.state.desired).toMatchObject({ revision: 1 });
    expect(made.body + found.body + list.body + lambda("http").output).not.toContain("planted");
  });

  test("serves its document from beside the bundle", async () => {
    const answer = await request("http", "GET", "/v1/openapi.json");
    expect(JSON.parse(answer.body)).toMatchObject({ openapi: "3.1.0" });
    const { body } = await request("http", "GET", "/docs/swagger-ui-bundle.js");
    expect(body.length).toBeGreaterThan(100_000);
  });

  test("refuses with a problem document", async () => {
    const answer = await request("http", "GET", "/v1/sites");
    expect(answer.statusCode).toBe(401);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(answer.body)).toMatchObject({
      code: "auth.required",
      requestId: answer.headers["x-request-id"],
    });
  });

  test("throttles logins by the address that API Gateway saw, not by what the client says", async () => {
    const { organization } = cloud;
    // Refused at once, whatever the password: it does not have the form of a hash.
    const { login } = await cloud.addUser();
    const basic = `Basic ${Buffer.from(`${organization}/${login}:wrong`).toString("base64")}`;
    const status = async (from: string): Promise<number> => {
      const forged = { authorization: basic, "x-forwarded-for": from };
      return (await request("http", "GET", "/v1/sites", { headers: forged })).statusCode;
    };
    for (let at = 0; at < 10; at += 1) expect(await status(`198.51.100.${at}`)).toBe(401);
    expect(await status("203.0.113.1")).toBe(429);
  });
});

describe("device-events", () => {
  const health = (box: Box, some: object = {}): object => ({
    topic: `health/${installation.app}/${installation.stage}/${box.thing}/report`,
    receivedAtMs: cloud.deps.clock.nowMs() + 1,
    ...healthReport({ cpuPercent: 42 }),
    ...some,
  });
  const deviceOf = async (box: Box) => (await cloud.call(`/v1/devices/${box.device}`)).body;

  test("takes what a rule selected", async () => {
    const box = await cloud.addBox();
    const event = {
      clientId: box.thing,
      timestamp: 1_795_219_200_000,
      eventType: "connected",
      sessionIdentifier: "a4666d2a7d844ae4ac5d7b38c9cb7967",
      principalIdentifier: "p",
      ipAddress: "192.0.2.0",
      versionNumber: 0,
      topic: `$aws/events/presence/connected/${box.thing}`,
      receivedAtMs: cloud.deps.clock.nowMs() + 1,
    };
    expect(await lambda("device-events").invoke(event)).toBeUndefined();
    expect((await deviceOf(box)).online).toBe(true);
  });

  test("syncs a device that says hello", async () => {
    const box = await cloud.addBox();
    await cloud.deps.gateway.deleteShadow(box.thing, "device");
    const hello = {
      topic: `evt/${installation.app}/${installation.stage}/${box.thing}/hello`,
      receivedAtMs: cloud.deps.clock.nowMs() + 1,
      v: 1,
      bootId: "boot-9",
      versions: { agent: "1", pipeline: "", backend: "" },
      manifestHash: "",
      facts: noFacts,
      atMs: 1,
    };
    await lambda("device-events").invoke(hello);
    expect(await deviceOf(box)).toMatchObject({ bootId: "boot-9", online: true });
    expect((await cloud.deps.gateway.getShadow(box.thing, "device"))?.state.desired).toEqual({
      v: 1,
      manifest: {},
    });
  });

  test("takes a batch of a queue, and gives back only the record that it cannot take", async () => {
    const [one, two] = [await cloud.addBox(), await cloud.addBox()];
    const bodies = [JSON.stringify(health(one)), "{ not JSON", JSON.stringify(health(two))];
    expect(await lambda("device-events").invoke(sqsEvent(bodies))).toEqual({
      batchItemFailures: [{ itemIdentifier: "message-1" }],
    });
    for (const box of [one, two]) expect((await deviceOf(box)).health.cpuPercent).toBe(42);
  });

  test("takes for done what would not be better the next time, and says so", async () => {
    const box = await cloud.addBox();
    const bodies = [JSON.stringify(health(box, { cpuPercent: "much" })), JSON.stringify({ a: 1 })];
    expect(await lambda("device-events").invoke(sqsEvent(bodies))).toEqual({
      batchItemFailures: [],
    });
    expect(lambda("device-events").output).toContain("not a health report");
  });
});

describe("shadow-sync", () => {
  const isOf = (entity: string, id: string) => (record: _Record) => {
    const text = JSON.stringify(record.dynamodb?.NewImage ?? record.dynamodb?.OldImage ?? {});
    return text.includes(`"${id}"`) && text.includes(`"entity":{"S":"${entity}"}`);
  };

  test("brings what the table's stream tells to the devices, also to those that a stream has left", async () => {
    const fleet = new Fleet(cloud);
    await fleet.addDevice();
    await fleet.addDevice();
    const { id } = await fleet.addStream();
    await fleet.change(id);
    const records = () => streamEvent(cloud.environment, isOf("stream", id));
    expect((await records()).Records).toHaveLength(2);
    expect(await lambda("shadow-sync").invoke(await records())).toEqual({ batchItemFailures: [] });
    expect(await fleet.held(0)).toEqual({ ...(await fleet.wanted(0)), leftovers: [] });
    await fleet.move(id, 1);
    await lambda("shadow-sync").invoke(await records());
    expect((await fleet.held(0)).manifest).toEqual({});
    expect((await fleet.held(1)).manifest).toEqual({ [id]: 3 });
    await fleet.remove(id);
    // Delivered from the beginning, as after a failure.
    await lambda("shadow-sync").invoke(await records());
    for (const at of [0, 1])
      expect(await fleet.held(at)).toEqual({ manifest: {}, streams: {}, leftovers: [] });
  });

  test("tells a device what was wished of it, and after other changes of its row nothing", async () => {
    const fleet = new Fleet(cloud);
    const device = await fleet.addDevice();
    await fleet.wish();
    const records = () => streamEvent(cloud.environment, isOf("device", device));
    await lambda("shadow-sync").invoke(await records());
    // Its first sync makes the shadow, and writes the wish into it.
    expect((await fleet.held()).wish).toEqual((await fleet.wanted()).wish);
    await fleet.wish();
    await lambda("shadow-sync").invoke(await records());
    expect((await fleet.held()).wish).toMatchObject({ revision: 2 });
  });

  test("asks no shadow about a revision that the device has answered", async () => {
    const fleet = new Fleet(cloud);
    const device = await fleet.addDevice();
    const stream = await fleet.addStream();
    const { id } = stream;
    await cloud.deps.store.streams.putReport(makeReport(stream, { device }));
    const event = await streamEvent(cloud.environment, isOf("stream", id));
    expect(await lambda("shadow-sync").invoke(event)).toEqual({ batchItemFailures: [] });
    expect(await cloud.deps.gateway.listShadows(fleet.thing())).toEqual([]);
    await fleet.remove(id);
    await lambda("shadow-sync").invoke(await streamEvent(cloud.environment, isOf("stream", id)));
    expect(await cloud.deps.gateway.listShadows(fleet.thing())).toEqual(["device"]);
  });

  test("has the records delivered again from the first that fails", async () => {
    const fleet = new Fleet(cloud);
    await fleet.addDevice();
    const { id } = await fleet.addStream();
    await fleet.change(id);
    const event = await streamEvent(cloud.environment, isOf("stream", id));
    const [first] = event.Records as { dynamodb: { SequenceNumber: string } }[];
    const nowhere = { ...cloud.environment, AWS_ENDPOINT_URL_IOT_DATA_PLANE: "http://127.0.0.1:9" };
    const broken = await Lambda.start("shadow-sync", nowhere);
    expect(await broken.invoke(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: first?.dynamodb.SequenceNumber }],
    });
    expect(broken.output).toContain("gateway");
    await broken.close();
  });
});

test("sweep expires a command that nobody took", async () => {
  const { organization, deps } = cloud;
  const box = await cloud.addBox();
  const nowMs = deps.clock.nowMs();
  const command: Command = {
    organization,
    device: box.device,
    id: deps.ids.next("command"),
    kind: "stream.stats",
    args: {},
    state: "queued",
    issuedBy: "test",
    requestId: "r",
    issuedAtMs: nowMs - 2_000,
    expiresAtMs: nowMs - 1_000,
    changedAtMs: nowMs - 2_000,
  };
  await deps.store.commands.create(command);
  const swept = (await lambda("sweep").invoke(scheduledEvent)) as {
    handled: number;
    failed: number;
  };
  expect(swept.failed).toBe(0);
  expect(swept.handled).toBeGreaterThan(0);
  expect(await deps.store.commands.get(box.device, command.id)).toMatchObject({ state: "expired" });
});

describe("enrol", () => {
  test("gives a box its certificate, and takes it away when the device is gone", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const { csr, sealing } = box.keys;
    const body = { token: await box.newToken(), csr, sealingKey: sealing.publicKey };
    const answer = await request("enrol", "POST", "/v1/enrolments", { body });
    expect(answer.statusCode).toBe(201);
    const enrolled = JSON.parse(answer.body) as { certificatePem: string; thing: string };
    expect(enrolled.thing).toBe(box.thing);
    expect(new X509Certificate(enrolled.certificatePem).checkPrivateKey(box.keys.key)).toBe(true);
    await (await box.connect({ identity: enrolled as never })).endAsync();

    await cloud.call(`/v1/devices/${box.device}`, { method: "DELETE" });
    const event = await streamEvent(cloud.environment, ({ eventName, dynamodb }) =>
      JSON.stringify([eventName, dynamodb?.Keys]).includes(box.device),
    );
    expect(JSON.stringify(event)).toContain('"eventName":"REMOVE"');
    expect(await lambda("enrol").invoke(event)).toEqual({ batchItemFailures: [] });
    await expect(box.connect({ identity: enrolled as never })).rejects.toThrow();
  });

  test("has no other route, and nothing for who has no token", async () => {
    expect((await request("enrol", "GET", "/v1/sites")).statusCode).toBe(404);
    expect((await request("enrol", "GET", "/v1/enrolments")).statusCode).toBe(405);
    const body = { token: "garbage", csr: "x", sealingKey: "A".repeat(43) };
    expect((await request("enrol", "POST", "/v1/enrolments", { body })).statusCode).toBe(403);
  });
});
