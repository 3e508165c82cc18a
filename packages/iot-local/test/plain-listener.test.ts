/** The listener for simulated fleets: thing by client id, on the loopback only, under one policy. */
import { CreatePolicyCommand, CreateThingCommand, DeleteThingCommand } from "@aws-sdk/client-iot";
import mqtt from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closed, freshName } from "./fleet.ts";
import { Inbox } from "./inbox.ts";
import { arn, RunningIot } from "./running-iot.ts";

const policyName = "simulated-devices";
let running: RunningIot;
beforeAll(async () => {
  const plainListener = { host: "127.0.0.1", port: 0, policyName };
  running = await RunningIot.start({ plainListener });
  const own = "${iot:Connection.Thing.ThingName}";
  const Statement = [
    { Effect: "Allow", Action: "iot:Connect", Resource: `${arn}:client/*` },
    { Effect: "Allow", Action: ["iot:Publish", "iot:Receive"], Resource: `${arn}:topic/*/${own}` },
    { Effect: "Allow", Action: "iot:Subscribe", Resource: `${arn}:topicfilter/*/${own}` },
  ];
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await running.at.iot.send(new CreatePolicyCommand({ policyName, policyDocument }));
});
afterAll(() => running.close());

const connect = (clientId: string): Promise<mqtt.MqttClient> =>
  mqtt.connectAsync(
    `mqtt://127.0.0.1:${running.local.plainPort}`,
    { clientId, protocolVersion: 4, reconnectPeriod: 0 },
    false,
  );

async function thing(): Promise<string> {
  const thingName = freshName("thing");
  await running.at.iot.send(new CreateThingCommand({ thingName }));
  return thingName;
}

test("takes a registered thing by its client id, under the policy of the listener", async () => {
  const thingName = await thing();
  const client = await connect(thingName);
  const inbox = new Inbox(client);
  await client.subscribeAsync(`health/${thingName}`, { qos: 1 });
  await client.publishAsync(`health/${thingName}`, "well", { qos: 1 });
  expect((await inbox.take(`health/${thingName}`)).text).toBe("well");
  const end = closed(client);
  client.publish(`health/${await thing()}`, "not mine", { qos: 1 });
  await end;
});

test("refuses a client id that is no thing, even where the policy lets every client connect", async () => {
  await expect(connect(freshName("nobody"))).rejects.toThrow("Not authorized");
  const thingName = await thing();
  await running.at.iot.send(new DeleteThingCommand({ thingName }));
  await expect(connect(thingName)).rejects.toThrow("Not authorized");
});

test.each(["0.0.0.0", "::", "192.168.1.10", "localhost"])("is not opened on %s", async (host) => {
  const plainListener = { host, port: 0, policyName };
  await expect(RunningIot.start({ plainListener })).rejects.toThrow("only a loopback address");
});

test("is not there unless it is asked for", async () => {
  const own = await RunningIot.start();
  try {
    expect(own.local.plainPort).toBeUndefined();
  } finally {
    await own.close();
  }
});
