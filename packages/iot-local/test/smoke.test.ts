import {
  UpdateThingShadowCommand,
  GetThingShadowCommand,
  PublishCommand,
} from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Inbox, RunningIot } from "./running-iot.ts";

let running: RunningIot;
beforeAll(async () => void (running = await RunningIot.start()));
afterAll(() => running.close());

test("a device connects, subscribes, and hears what is published", async () => {
  const device = await running.device();
  const client = await running.connect(device);
  const inbox = new Inbox(client);
  await client.subscribeAsync("cmd/a/b/+/+", { qos: 1 });
  await client.publishAsync("cmd/a/b/c/d", '{"a":1}', { qos: 1 });
  expect(await inbox.next("cmd/a/b/c/d")).toEqual({ a: 1 });
  await running.plane.send(
    new PublishCommand({ topic: "cmd/a/b/c/e", payload: '{"b":1}', qos: 1 }),
  );
  expect(await inbox.next("cmd/a/b/c/e")).toEqual({ b: 1 });
  const stem = `$aws/things/${device.thingName}/shadow/name/x`;
  await client.subscribeAsync(`${stem}/update/+`, { qos: 1 });
  await running.plane.send(
    new UpdateThingShadowCommand({
      thingName: device.thingName,
      shadowName: "x",
      payload: '{"state":{"desired":{"a":1}}}',
    }),
  );
  expect((await inbox.next(`${stem}/update/delta`))["state"]).toEqual({ a: 1 });
  const got = await running.plane.send(
    new GetThingShadowCommand({ thingName: device.thingName, shadowName: "x" }),
  );
  expect(JSON.parse(Buffer.from(got.payload!).toString())).toMatchObject({ version: 1 });
});
