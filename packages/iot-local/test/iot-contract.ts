/**
 * What this product relies on of AWS IoT Core, as checks that any implementation of it must pass: the local one does in
 * every run; AWS itself when `connect` is given its endpoints. Every test makes its own things and removes them.
 */
import {
  CreateThingCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  ListAttachedPoliciesCommand,
  ListThingPrincipalsCommand,
  ListThingsCommand,
  UpdateCertificateCommand,
  UpdateThingCommand,
} from "@aws-sdk/client-iot";
import {
  DeleteThingShadowCommand,
  GetRetainedMessageCommand,
  GetThingShadowCommand,
  ListNamedShadowsForThingCommand,
  PublishCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import { iotshadow, mqtt as crtMqtt } from "aws-iot-device-sdk-v2";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { closed, Fleet, freshName, type IotUnderTest } from "./fleet.ts";
import { Inbox } from "./inbox.ts";
import { waitFor } from "./wait-for.ts";

let at: IotUnderTest;
let fleet: Fleet;

export function iotContract(name: string, connect: () => Promise<IotUnderTest>): void {
  describe(name, () => {
    beforeAll(async () => {
      at = await connect();
      fleet = new Fleet(at);
    });
    afterEach(() => fleet.remove());
    afterAll(() => at.close());
    describe("registry", registry);
    describe("messages", messages);
    describe("policies", policies);
    describe("shadows over HTTP", shadowsOverHttp);
    describe("shadows over MQTT", shadowsOverMqtt);
    describe("the device SDK", deviceSdk);
    describe("presence", presence);
  });
}

const parse = (payload: Uint8Array | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(payload ?? []).toString()) as Record<string, unknown>;

const update = async (
  thingName: string,
  body: object,
  shadowName: string | undefined = "settings",
): Promise<Record<string, unknown>> => {
  const payload = JSON.stringify(body);
  const { payload: answer } = await at.plane.send(
    new UpdateThingShadowCommand({ thingName, shadowName, payload }),
  );
  return parse(answer);
};

function registry(): void {
  test("creates a thing once: again is fine, otherwise is refused", async () => {
    const { thingName } = await fleet.device();
    const again = await at.iot.send(new CreateThingCommand({ thingName }));
    expect(again.thingArn).toBe(`${at.arn}:thing/${thingName}`);
    const attributePayload = { attributes: { colour: "red" } };
    await expect(
      at.iot.send(new CreateThingCommand({ thingName, attributePayload })),
    ).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
  });

  test("updates the attributes of a thing and counts its version", async () => {
    const { thingName } = await fleet.device();
    const attributePayload = { attributes: { site: "north" } };
    await at.iot.send(new UpdateThingCommand({ thingName, attributePayload, expectedVersion: 1 }));
    const thing = await at.iot.send(new DescribeThingCommand({ thingName }));
    expect(thing).toMatchObject({ version: 2, attributes: { site: "north" } });
    await expect(
      at.iot.send(new UpdateThingCommand({ thingName, attributePayload, expectedVersion: 1 })),
    ).rejects.toMatchObject({ name: "VersionConflictException" });
  });

  test("does not know a thing that was never made", async () => {
    await expect(
      at.iot.send(new DescribeThingCommand({ thingName: freshName("no") })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("lists things in pages, each once", async () => {
    const made = [await fleet.device(), await fleet.device(), await fleet.device()];
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await at.iot.send(new ListThingsCommand({ maxResults: 2, nextToken }));
      seen.push(...(page.things ?? []).map(({ thingName = "" }) => thingName));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    for (const { thingName } of made)
      expect(seen.filter((one) => one === thingName)).toHaveLength(1);
  });

  test("tells what is attached", async () => {
    const { thingName, certificateArn } = await fleet.device();
    const principals = await at.iot.send(new ListThingPrincipalsCommand({ thingName }));
    expect(principals.principals).toEqual([certificateArn]);
    const attached = await at.iot.send(new ListAttachedPoliciesCommand({ target: certificateArn }));
    expect(attached.policies?.map(({ policyName }) => policyName)).toEqual([thingName]);
  });

  test("describes a certificate, whose id is the SHA-256 of its DER", async () => {
    const { certificateId, certificatePem } = await fleet.device();
    const answer = await at.iot.send(new DescribeCertificateCommand({ certificateId }));
    expect(answer.certificateDescription).toMatchObject({ status: "ACTIVE", certificatePem });
    expect(answer.certificateDescription?.validity?.notAfter?.getTime()).toBeGreaterThan(
      Date.now(),
    );
    const der = Buffer.from(certificatePem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    const digest = await crypto.subtle.digest("SHA-256", der);
    expect(Buffer.from(digest).toString("hex")).toBe(certificateId);
  });

  test("does not delete a certificate that is active or attached", async () => {
    const { certificateId } = await fleet.device();
    const remove = new DeleteCertificateCommand({ certificateId, forceDelete: true });
    await expect(at.iot.send(remove)).rejects.toMatchObject({ name: "CertificateStateException" });
    await at.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }));
    await expect(at.iot.send(remove)).rejects.toMatchObject({ name: "DeleteConflictException" });
  });

  test("tells where devices connect", async () => {
    const endpoint = await at.iot.send(
      new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
    );
    expect(endpoint.endpointAddress).toContain(at.mqttHost);
  });
}

function messages(): void {
  test("reach subscribers from MQTT and from HTTP, whatever the topic is spelled like", async () => {
    const client = await fleet.connect(await fleet.device());
    const inbox = new Inbox(client);
    const stem = freshName("t");
    await client.subscribeAsync(`${stem}/#`, { qos: 1 });
    for (const leaf of ["a", "a b", "ü/ñ", "100%25", "x=1&y?z"]) {
      await client.publishAsync(`${stem}/${leaf}`, "mqtt", { qos: 1 });
      expect((await inbox.take(`${stem}/${leaf}`)).text).toBe("mqtt");
      await at.plane.send(
        new PublishCommand({ topic: `${stem}/${leaf}`, payload: "http", qos: 1 }),
      );
      expect((await inbox.take(`${stem}/${leaf}`)).text).toBe("http");
    }
  });

  test("are retained, and forgotten by an empty payload", async () => {
    const device = await fleet.device();
    const client = await fleet.connect(device);
    const topic = `${freshName("t")}/state`;
    await client.publishAsync(topic, "kept", { qos: 1, retain: true });
    const held = await at.plane.send(new GetRetainedMessageCommand({ topic }));
    expect(Buffer.from(held.payload ?? []).toString()).toBe("kept");
    const inbox = new Inbox(client);
    await client.subscribeAsync(topic, { qos: 1 });
    expect((await inbox.take(topic)).packet.retain).toBe(true);
    await client.publishAsync(topic, "", { qos: 1, retain: true });
    await expect(at.plane.send(new GetRetainedMessageCommand({ topic }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("wait for a client with a persistent session, in order", async () => {
    const device = await fleet.device();
    const topic = `${freshName("t")}/x`;
    const before = await fleet.connect(device, { clean: false });
    await before.subscribeAsync(topic, { qos: 1 });
    await before.endAsync();
    for (const payload of ["1", "2", "3"])
      await at.plane.send(new PublishCommand({ topic, payload, qos: 1 }));
    const received: string[] = [];
    await fleet.connect(device, { clean: false }, (_topic, payload) => {
      received.push(payload.toString());
    });
    await waitFor(() => received.length >= 3, { what: () => `3 messages, not ${received.join()}` });
    expect(received).toEqual(["1", "2", "3"]);
  });

  test("of a last will come when a client vanishes, and not when it says goodbye", async () => {
    const watcher = await fleet.connect(await fleet.device());
    const inbox = new Inbox(watcher);
    const topic = `${freshName("t")}/will`;
    await watcher.subscribeAsync(topic, { qos: 1 });
    const device = await fleet.device();
    const will = { topic, payload: Buffer.from("gone"), qos: 1 as const, retain: false };
    const polite = await fleet.connect(device, { will });
    await polite.endAsync();
    const lost = await fleet.connect(device, { will });
    lost.stream.destroy();
    expect((await inbox.take(topic)).text).toBe("gone");
    expect(inbox.topics()).toEqual([]);
  });

  test.each([
    ["a reserved topic", "$aws/events/presence/connected/x", 1],
    ["a topic of more than 7 slashes", "a/b/c/d/e/f/g/h/i", 1],
    ["a topic of more than 256 bytes", "x".repeat(257), 1],
    ["QoS 2", "a", 2],
  ] as const)("on %s close the connection", async (_name, topic, qos) => {
    const client = await fleet.connect(await fleet.device());
    const end = closed(client);
    client.publish(topic, "x", { qos });
    await end;
  });

  test("of more than 128 KB close the connection, of 128 KB do not", async () => {
    const client = await fleet.connect(await fleet.device());
    await client.publishAsync("a", Buffer.alloc(128 * 1024), { qos: 1 });
    const end = closed(client);
    client.publish("a", Buffer.alloc(128 * 1024 + 1), { qos: 1 });
    await end;
  });

  test("need no more than 8 filters in one SUBSCRIBE, or the connection is closed", async () => {
    const client = await fleet.connect(await fleet.device());
    const filters = Array.from({ length: 9 }, (_, at9) => `a/${at9}`);
    await client.subscribeAsync(filters.slice(1), { qos: 1 });
    const end = closed(client);
    client.subscribe(filters, { qos: 1 });
    await end;
  });
}

function policies(): void {
  const own = (): object[] => [
    {
      Effect: "Allow",
      Action: "iot:Connect",
      Resource: `${at.arn}:client/\${iot:Connection.Thing.ThingName}`,
    },
    {
      Effect: "Allow",
      Action: ["iot:Publish", "iot:Receive"],
      Resource: `${at.arn}:topic/*/\${iot:Connection.Thing.ThingName}/*`,
    },
    {
      Effect: "Allow",
      Action: "iot:Subscribe",
      Resource: `${at.arn}:topicfilter/*/\${iot:Connection.Thing.ThingName}/*`,
    },
  ];

  test("keep a device to its own name", async () => {
    const device = await fleet.device(own());
    const other = await fleet.device(own());
    await expect(fleet.connect(device, { clientId: other.thingName })).rejects.toThrow();
    await expect(fleet.connect(device, { clientId: freshName("no") })).rejects.toThrow();
    await fleet.connect(device);
  });

  test("close the connection of a device that publishes elsewhere", async () => {
    const device = await fleet.device(own());
    const client = await fleet.connect(device);
    await client.publishAsync(`ack/${device.thingName}/x`, "fine", { qos: 1 });
    const end = closed(client);
    client.publish("ack/another/x", "not fine", { qos: 1 });
    await end;
  });

  test("refuse a subscription, and only it, with 0x80", async () => {
    const device = await fleet.device(own());
    const client = await fleet.connect(device);
    const mine = `cmd/${device.thingName}/+`;
    const granted = await new Promise<number[]>((resolve) => {
      client.subscribe([mine, "cmd/another/+"], { qos: 1 }, (_error, _granted, packet) =>
        resolve((packet?.granted ?? []) as number[]),
      );
    });
    expect(granted).toEqual([1, 128]);
    const inbox = new Inbox(client);
    for (const thing of ["another", device.thingName])
      await at.plane.send(new PublishCommand({ topic: `cmd/${thing}/1`, payload: "{}", qos: 1 }));
    await inbox.take(`cmd/${device.thingName}/1`);
    expect(inbox.topics()).toEqual([]);
  });

  test("keep back messages that a device may not receive", async () => {
    const device = await fleet.device([
      { Effect: "Allow", Action: ["iot:Connect", "iot:Subscribe"], Resource: "*" },
      { Effect: "Allow", Action: "iot:Receive", Resource: `${at.arn}:topic/*/good` },
    ]);
    const client = await fleet.connect(device);
    const inbox = new Inbox(client);
    const stem = freshName("t");
    await client.subscribeAsync(`${stem}/+`, { qos: 1 });
    await at.plane.send(new PublishCommand({ topic: `${stem}/bad`, payload: "1", qos: 1 }));
    await at.plane.send(new PublishCommand({ topic: `${stem}/good`, payload: "2", qos: 1 }));
    await inbox.take(`${stem}/good`);
    expect(inbox.topics()).toEqual([]);
  });

  test("ask for iot:RetainPublish beside iot:Publish", async () => {
    const device = await fleet.device([
      { Effect: "Allow", Action: ["iot:Connect", "iot:Publish"], Resource: "*" },
    ]);
    const client = await fleet.connect(device);
    await client.publishAsync("a", "plain", { qos: 1 });
    const end = closed(client);
    client.publish("a", "kept", { qos: 1, retain: true });
    await end;
  });

  test("do not matter to a certificate that is revoked: its connection ends and it stays out", async () => {
    const device = await fleet.device();
    const client = await fleet.connect(device);
    const end = closed(client);
    await at.iot.send(
      new UpdateCertificateCommand({ certificateId: device.certificateId, newStatus: "REVOKED" }),
    );
    await end;
    await expect(fleet.connect(device)).rejects.toThrow();
  });

  test("let a newer connection of the same client id end the older one", async () => {
    const device = await fleet.device();
    const first = await fleet.connect(device);
    const end = closed(first);
    const second = await fleet.connect(device);
    await end;
    await second.publishAsync("a", "still here", { qos: 1 });
  });
}

function shadowsOverHttp(): void {
  test("count versions, stamp metadata and tell the delta", async () => {
    const { thingName } = await fleet.device();
    const accepted = await update(thingName, {
      state: { desired: { fps: 25, roi: { x: 1, y: 2 } } },
      clientToken: "token-1",
    });
    expect(accepted).toMatchObject({ version: 1, clientToken: "token-1" });
    await update(thingName, { state: { reported: { fps: 25, roi: { x: 1 } } } });
    const { payload } = await at.plane.send(
      new GetThingShadowCommand({ thingName, shadowName: "settings" }),
    );
    const shadow = parse(payload);
    expect(shadow).toMatchObject({
      version: 2,
      state: { reported: { fps: 25, roi: { x: 1 } }, delta: { roi: { y: 2 } } },
    });
    expect(shadow["state"]).not.toHaveProperty("delta.fps");
    const { desired } = shadow["metadata"] as { desired: { fps: { timestamp: number } } };
    expect(Math.abs(desired.fps.timestamp - Date.now() / 1000)).toBeLessThan(60);
  });

  test("refuse a version that is not the current one", async () => {
    const { thingName } = await fleet.device();
    await update(thingName, { state: { desired: { a: 1 } } });
    await update(thingName, { state: { desired: { a: 2 } }, version: 1 });
    await expect(
      update(thingName, { state: { desired: { a: 3 } }, version: 1 }),
    ).rejects.toMatchObject({ name: "ConflictException" });
  });

  test("keep the version across deletion", async () => {
    const { thingName } = await fleet.device();
    await update(thingName, { state: { desired: { a: 1 } } });
    const shadowName = "settings";
    const gone = await at.plane.send(new DeleteThingShadowCommand({ thingName, shadowName }));
    expect(parse(gone.payload)).toMatchObject({ version: 1 });
    const get = new GetThingShadowCommand({ thingName, shadowName });
    await expect(at.plane.send(get)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(await update(thingName, { state: { desired: { a: 1 } } })).toMatchObject({ version: 2 });
  });

  test("list named shadows, and hold a classic one apart", async () => {
    const { thingName } = await fleet.device();
    for (const name of ["b", "a", "c"])
      await update(thingName, { state: { desired: { x: 1 } } }, name);
    const payload = '{"state":{"desired":{"classic":true}}}';
    await at.plane.send(new UpdateThingShadowCommand({ thingName, payload }));
    await at.plane.send(new DeleteThingShadowCommand({ thingName, shadowName: "c" }));
    const list = await at.plane.send(new ListNamedShadowsForThingCommand({ thingName }));
    expect(list.results?.toSorted()).toEqual(["a", "b"]);
    const classic = await at.plane.send(new GetThingShadowCommand({ thingName }));
    expect(parse(classic.payload)["state"]).toMatchObject({ desired: { classic: true } });
  });

  test.each([
    ["too much", { state: { desired: { a: "x".repeat(9000) } } }, "RequestEntityTooLargeException"],
    ["no state", { desired: {} }, "InvalidRequestException"],
  ])("refuse %s", async (_name, body, name) => {
    const { thingName } = await fleet.device();
    await expect(update(thingName, body)).rejects.toMatchObject({ name });
  });

  test("emit the notifications that an update over MQTT emits", async () => {
    const device = await fleet.device();
    const client = await fleet.connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/settings/update`;
    await client.subscribeAsync([`${stem}/accepted`, `${stem}/documents`, `${stem}/delta`], {
      qos: 1,
    });
    await update(device.thingName, { state: { desired: { a: 1 }, reported: { a: 1 } } });
    expect(await inbox.json(`${stem}/accepted`)).toMatchObject({ version: 1 });
    expect(await inbox.json(`${stem}/documents`)).toMatchObject({ current: { version: 1 } });
    await update(device.thingName, { state: { desired: { a: 2 } }, clientToken: "t2" });
    expect(await inbox.json(`${stem}/documents`)).toMatchObject({
      previous: { version: 1, state: { desired: { a: 1 }, reported: { a: 1 } } },
      current: { version: 2, state: { desired: { a: 2 }, reported: { a: 1 } } },
      clientToken: "t2",
    });
    const delta = await inbox.json(`${stem}/delta`);
    expect(delta).toMatchObject({ version: 2, state: { a: 2 }, clientToken: "t2" });
    expect(delta["metadata"]).toEqual({ a: { timestamp: expect.any(Number) as number } });
  });
}

function shadowsOverMqtt(): void {
  test("answer with accepted and rejected, and echo the client token", async () => {
    const device = await fleet.device();
    const client = await fleet.connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/s1`;
    await client.subscribeAsync([`${stem}/get/+`, `${stem}/update/+`, `${stem}/delete/+`], {
      qos: 1,
    });
    const ask = (operation: string, body: object): Promise<unknown> =>
      client.publishAsync(`${stem}/${operation}`, JSON.stringify(body), { qos: 1 });

    await ask("get", { clientToken: "g1" });
    expect(await inbox.json(`${stem}/get/rejected`)).toMatchObject({
      code: 404,
      clientToken: "g1",
    });
    await ask("update", { state: { reported: { a: 1 } }, clientToken: "u1" });
    expect(await inbox.json(`${stem}/update/accepted`)).toMatchObject({
      state: { reported: { a: 1 } },
      version: 1,
      clientToken: "u1",
    });
    await ask("update", { state: { reported: { a: 2 } }, version: 9, clientToken: "u2" });
    expect(await inbox.json(`${stem}/update/rejected`)).toMatchObject({
      code: 409,
      clientToken: "u2",
    });
    await client.publishAsync(`${stem}/update`, "{", { qos: 1 });
    expect(await inbox.json(`${stem}/update/rejected`)).toMatchObject({ code: 400 });
    await ask("get", { clientToken: "g2" });
    expect(await inbox.json(`${stem}/get/accepted`)).toMatchObject({
      version: 1,
      clientToken: "g2",
    });
    await ask("delete", { clientToken: "d1" });
    expect(await inbox.json(`${stem}/delete/accepted`)).toMatchObject({
      version: 1,
      clientToken: "d1",
    });
  });

  test("apply twenty updates sent at once one after the other", async () => {
    const device = await fleet.device();
    const client = await fleet.connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/s1/update`;
    await client.subscribeAsync(`${stem}/accepted`, { qos: 1 });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        client.publishAsync(stem, JSON.stringify({ state: { reported: { [`k${n}`]: n } } }), {
          qos: 1,
        }),
      ),
    );
    await waitFor(() => inbox.messages.length === 20, {
      what: () => `20, not ${inbox.messages.length}`,
    });
    const versions = inbox.messages.map(
      ({ text }) => (JSON.parse(text) as { version: number }).version,
    );
    expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
}

function deviceSdk(): void {
  test("publishes and subscribes", async () => {
    const device = await fleet.device();
    const connection = await fleet.connectCrt(device);
    const topic = `${freshName("t")}/crt`;
    const received: string[] = [];
    await connection.subscribe(topic, crtMqtt.QoS.AtLeastOnce, (_topic, payload) => {
      received.push(Buffer.from(payload).toString());
    });
    await connection.publish(topic, "hello", crtMqtt.QoS.AtLeastOnce);
    await waitFor(() => received.includes("hello"));
  });

  test("drives a named shadow: get, update, delta stream, delete, modeled errors", async () => {
    const { thingName, ...device } = await fleet.device();
    const connection = await fleet.connectCrt({ thingName, ...device });
    const client = iotshadow.IotShadowClientv2.newFromMqtt311(connection, {
      maxRequestResponseSubscriptions: 10,
      maxStreamingSubscriptions: 4,
      operationTimeoutInSeconds: 10,
    });
    try {
      const shadowName = "stream-1";
      await expect(client.getNamedShadow({ thingName, shadowName })).rejects.toMatchObject({
        modeledError: { code: 404 },
      });
      const updated = await client.updateNamedShadow({
        thingName,
        shadowName,
        state: { reported: { fps: 10 } },
      });
      expect(updated.version).toBe(1);
      await expect(
        client.updateNamedShadow({
          thingName,
          shadowName,
          version: 7,
          state: { reported: { fps: 1 } },
        }),
      ).rejects.toMatchObject({ modeledError: { code: 409 } });
      const deltas: unknown[] = [];
      const established = { yes: false };
      const stream = client.createNamedShadowDeltaUpdatedStream({ thingName, shadowName });
      stream.on("subscriptionStatus", () => (established.yes = true));
      stream.on("incomingPublish", (event) => deltas.push(event.message.state));
      stream.open();
      await waitFor(() => established.yes, { what: "the subscription of the delta stream" });
      await update(thingName, { state: { desired: { fps: 25 } } }, shadowName);
      await waitFor(() => deltas.length > 0, { what: "a delta" });
      expect(deltas).toEqual([{ fps: 25 }]);
      const got = await client.getNamedShadow({ thingName, shadowName });
      expect(got).toMatchObject({
        version: 2,
        state: { desired: { fps: 25 }, reported: { fps: 10 } },
      });
      const gone = await client.deleteNamedShadow({ thingName, shadowName });
      expect(gone.version).toBe(2);
      stream.close();
    } finally {
      client.close();
    }
  });
}

function presence(): void {
  test("tells who connects and how connections end, with growing versions", async () => {
    const watcher = await fleet.connect(await fleet.device());
    const inbox = new Inbox(watcher);
    const device = await fleet.device();
    const { thingName } = device;
    const stem = "$aws/events/presence";
    await watcher.subscribeAsync(
      [`${stem}/connected/${thingName}`, `${stem}/disconnected/${thingName}`],
      { qos: 1 },
    );
    const first = await fleet.connect(device);
    const up = await inbox.json(`${stem}/connected/${thingName}`);
    expect(up).toMatchObject({
      clientId: thingName,
      eventType: "connected",
      principalIdentifier: device.certificateId,
    });
    expect(Math.abs(Number(up["timestamp"]) - Date.now())).toBeLessThan(60_000);
    await first.endAsync();
    expect(await inbox.json(`${stem}/disconnected/${thingName}`)).toMatchObject({
      eventType: "disconnected",
      sessionIdentifier: up["sessionIdentifier"],
      versionNumber: up["versionNumber"],
      clientInitiatedDisconnect: true,
      disconnectReason: "CLIENT_INITIATED_DISCONNECT",
    });
    const second = await fleet.connect(device);
    const again = await inbox.json(`${stem}/connected/${thingName}`);
    expect(Number(again["versionNumber"])).toBeGreaterThan(Number(up["versionNumber"]));
    const third = await fleet.connect(device);
    expect(await inbox.json(`${stem}/disconnected/${thingName}`)).toMatchObject({
      clientInitiatedDisconnect: false,
      disconnectReason: "DUPLICATE_CLIENTID",
    });
    await inbox.json(`${stem}/connected/${thingName}`);
    expect(second.connected).toBe(false);
    third.stream.destroy();
    expect(await inbox.json(`${stem}/disconnected/${thingName}`)).toMatchObject({
      disconnectReason: "CONNECTION_LOST",
    });
  });
}
