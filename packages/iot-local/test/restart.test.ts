/** Stopping and starting: everything is as it was. */
import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  GetPolicyCommand,
  ListThingPrincipalsCommand,
} from "@aws-sdk/client-iot";
import {
  GetRetainedMessageCommand,
  GetThingShadowCommand,
  PublishCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshName } from "./fleet.ts";
import { Inbox } from "./inbox.ts";
import { RunningIot } from "./running-iot.ts";
import { waitFor } from "./wait-for.ts";

let running: RunningIot;
let now = Date.now();
beforeEach(async () => {
  now = Date.now();
  running = await RunningIot.start({ nowMs: () => now });
});
afterEach(() => running.close());

test("finds registry, certificates, policies, shadows and retained messages again", async () => {
  const device = await running.fleet.device();
  const { thingName, certificateId } = device;
  const payload = '{"state":{"desired":{"a":1}}}';
  await running.at.plane.send(
    new UpdateThingShadowCommand({ thingName, shadowName: "s", payload }),
  );
  const topic = `${freshName("t")}/kept`;
  await running.at.plane.send(new PublishCommand({ topic, payload: "kept", qos: 1, retain: true }));
  const look = async (): Promise<unknown[]> => {
    const { iot, plane } = running.at;
    const shadow = await plane.send(new GetThingShadowCommand({ thingName, shadowName: "s" }));
    const retained = await plane.send(new GetRetainedMessageCommand({ topic }));
    const answers = [
      await iot.send(new DescribeThingCommand({ thingName })),
      await iot.send(new DescribeCertificateCommand({ certificateId })),
      await iot.send(new GetPolicyCommand({ policyName: thingName })),
      await iot.send(new ListThingPrincipalsCommand({ thingName })),
    ];
    return [
      Buffer.from(shadow.payload ?? []).toString(),
      Buffer.from(retained.payload ?? []).toString(),
      ...answers.map(({ $metadata: _metadata, ...answer }) => answer),
    ];
  };
  const before = await look();
  await running.restart();
  expect(await look()).toEqual(before);
  const client = await running.fleet.connect(device);
  const inbox = new Inbox(client);
  await client.subscribeAsync(topic.replace("/kept", "/+"), { qos: 1 });
  expect((await inbox.take(topic)).text).toBe("kept");
});

test("goes on counting presence versions", async () => {
  const device = await running.fleet.device();
  const watcher = await running.fleet.device();
  const topic = `$aws/events/presence/connected/${device.thingName}`;
  const versions: number[] = [];
  for (let round = 0; round < 3; round++) {
    const client = await running.fleet.connect(watcher);
    const inbox = new Inbox(client);
    await client.subscribeAsync(topic, { qos: 1 });
    await running.fleet.connect(device);
    versions.push(Number((await inbox.json(topic))["versionNumber"]));
    await running.restart();
  }
  expect(versions).toEqual([1, 2, 3]);
});

test("resumes a session with its subscriptions, and ends it when a clean one comes", async () => {
  const device = await running.fleet.device();
  const topic = `${freshName("t")}/x`;
  const first = await running.fleet.connect(device, { clean: false });
  await first.subscribeAsync(topic, { qos: 1 });
  await running.restart();
  const received: string[] = [];
  const second = await running.fleet.connect(device, { clean: false }, (_topic, payload) =>
    received.push(payload.toString()),
  );
  await running.at.plane.send(new PublishCommand({ topic, payload: "live", qos: 1 }));
  await waitFor(() => received.length > 0);
  await second.endAsync();
  const clean = await running.fleet.connect(device);
  await clean.endAsync();
  await running.at.plane.send(new PublishCommand({ topic, payload: "lost", qos: 1 }));
  const third = await running.fleet.connect(device, { clean: false }, (_topic, payload) =>
    received.push(payload.toString()),
  );
  await third.publishAsync("a", "", { qos: 1 });
  expect(received).toEqual(["live"]);
});

test("does not queue for a filter that the policy refuses", async () => {
  const device = await running.fleet.device([
    { Effect: "Allow", Action: ["iot:Connect", "iot:Publish", "iot:Receive"], Resource: "*" },
    {
      Effect: "Allow",
      Action: "iot:Subscribe",
      Resource: "arn:aws:iot:local:000000000000:topicfilter/good/*",
    },
  ]);
  const first = await running.fleet.connect(device, { clean: false });
  first.subscribe(["good/x", "bad/x"], { qos: 1 });
  await first.publishAsync("a", "", { qos: 1 });
  await first.endAsync();
  for (const topic of ["bad/x", "good/x"])
    await running.at.plane.send(new PublishCommand({ topic, payload: topic, qos: 1 }));
  const received: string[] = [];
  await running.fleet.connect(device, { clean: false }, (_topic, payload) =>
    received.push(payload.toString()),
  );
  await waitFor(() => received.length > 0);
  expect(received).toEqual(["good/x"]);
});

test("counts on from a deleted shadow for 48 hours, then from 1", async () => {
  const device = await running.fleet.device();
  const client = await running.fleet.connect(device);
  const inbox = new Inbox(client);
  const stem = `$aws/things/${device.thingName}/shadow/name/s`;
  await client.subscribeAsync([`${stem}/update/accepted`, `${stem}/delete/accepted`], { qos: 1 });
  const write = async (): Promise<unknown> => {
    await client.publishAsync(`${stem}/update`, '{"state":{"desired":{"a":1}}}', { qos: 1 });
    return (await inbox.json(`${stem}/update/accepted`))["version"];
  };
  const remove = async (): Promise<void> => {
    await client.publishAsync(`${stem}/delete`, "", { qos: 1 });
    await inbox.json(`${stem}/delete/accepted`);
  };
  expect(await write()).toBe(1);
  await remove();
  now += 47 * 3_600_000;
  expect(await write()).toBe(2);
  await remove();
  now += 49 * 3_600_000;
  expect(await write()).toBe(1);
});

test("keeps presence in order when thirty connections fight for one client id", async () => {
  const device = await running.fleet.device();
  const watcher = await running.fleet.connect(await running.fleet.device());
  const inbox = new Inbox(watcher);
  const stem = "$aws/events/presence";
  await watcher.subscribeAsync([`${stem}/connected/+`, `${stem}/disconnected/+`, "marker"], {
    qos: 1,
  });
  // Subscriptions make aedes take its time over closing a connection.
  const attempts = Array.from({ length: 30 }, async () => {
    const client = await running.fleet.connect(device).catch(() => undefined);
    await client?.subscribeAsync("cmd/+", { qos: 1 }).catch(() => undefined);
  });
  await Promise.all(attempts);
  const last = await running.fleet.connect(device);
  await last.publishAsync("marker", "", { qos: 1 });
  await inbox.take("marker");
  const mine = inbox.messages
    .filter(({ topic }) => topic.endsWith(device.thingName))
    .map(({ text }) => JSON.parse(text) as { eventType: string; versionNumber: number });
  expect(mine.length).toBeGreaterThan(2);
  expect(mine.at(-1)?.eventType).toBe("connected");
  for (const [at, event] of mine.entries()) {
    expect(event.eventType).toBe(at % 2 === 0 ? "connected" : "disconnected");
    expect(event.versionNumber).toBe(Math.floor(at / 2) + 1);
  }
});
