/** Nothing is acknowledged, delivered or handled before it is on disk: with a disk that does not answer, all waits. */
import { PublishCommand, UpdateThingShadowCommand } from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Store } from "../src/store.ts";
import { Inbox } from "./inbox.ts";
import { RunningIot } from "./running-iot.ts";
import { waitFor } from "./wait-for.ts";

let running: RunningIot;
const handled: unknown[] = [];
beforeAll(async () => {
  running = await RunningIot.start({
    rules: [
      {
        name: "ruled",
        sql: "SELECT * FROM 'ruled/+'",
        handle: async (event) => void handled.push(event),
      },
    ],
  });
});
afterAll(() => running.close());

/** Holds every commit until `release`, which puts the real one back first; `held` counts them. */
function holdDisk(): { held: () => number; release: () => void } {
  const waiting: (() => void)[] = [];
  const spy = vi.spyOn(Store.prototype, "commit").mockImplementation(function (
    this: Store,
    writes,
  ) {
    return new Promise<void>((resolve) => waiting.push(resolve)).then(() => this.commit(writes));
  });
  return {
    held: () => waiting.length,
    release: () => {
      spy.mockRestore();
      for (const go of waiting.splice(0)) go();
    },
  };
}

test.each([
  ["a message that a session sleeps through", "slept/x", '{"n":1}'],
  ["a message that only a rule sees", "ruled/x", '{"n":1}'],
  ["a shadow update", "$aws/things/THING/shadow/name/s/update", '{"state":{"reported":{"a":1}}}'],
])("%s is acknowledged after the write", async (_name, template, payload) => {
  const sleeper = await running.fleet.device();
  const asleep = await running.fleet.connect(sleeper, { clean: false });
  await asleep.subscribeAsync("slept/+", { qos: 1 });
  await asleep.endAsync();
  const device = await running.fleet.device();
  const client = await running.fleet.connect(device);
  const inbox = new Inbox(client);
  const stem = `$aws/things/${device.thingName}/shadow/name/s/update`;
  await client.subscribeAsync([`${stem}/accepted`, "after"], { qos: 1 });
  const disk = holdDisk();
  let acknowledged = false;
  const publishing = client
    .publishAsync(template.replace("THING", device.thingName), payload, { qos: 1 })
    .then(() => (acknowledged = true));
  try {
    await waitFor(() => disk.held() > 0, { what: "a commit" });
    // A round trip on the same connection: an acknowledgement that came early would be here by now.
    await new Promise<void>((resolve) => {
      client.once("packetreceive", () => resolve());
      client.sendPing();
    });
    expect([acknowledged, inbox.topics(), handled]).toEqual([false, [], []]);
  } finally {
    disk.release();
  }
  await publishing;
  if (template.includes("shadow")) await inbox.take(`${stem}/accepted`);
  if (template.startsWith("ruled")) await waitFor(() => handled.splice(0).length === 1);
});

test("HTTP answers after the write, and QoS 0 does not overtake what waits", async () => {
  const device = await running.fleet.device();
  const { thingName } = device;
  const client = await running.fleet.connect(device);
  const inbox = new Inbox(client);
  await client.subscribeAsync("order/+", { qos: 1 });
  const { plane } = running.at;
  const disk = holdDisk();
  const answers: string[] = [];
  const update = plane
    .send(new UpdateThingShadowCommand({ thingName, payload: '{"state":{"desired":{"a":1}}}' }))
    .then(() => answers.push("updated"));
  const kept = plane
    .send(new PublishCommand({ topic: "order/1", payload: "kept", qos: 1, retain: true }))
    .then(() => answers.push("published"));
  try {
    await waitFor(() => disk.held() === 2, { what: "two commits" });
    client.publish("order/2", "light", { qos: 0 });
    await new Promise<void>((resolve) => {
      client.once("packetreceive", () => resolve());
      client.sendPing();
    });
    expect([answers, inbox.topics()]).toEqual([[], []]);
  } finally {
    disk.release();
  }
  await Promise.all([update, kept]);
  await inbox.take("order/2");
  expect(inbox.topics()).toEqual(["order/1"]);
});
