import { UpdateCertificateCommand } from "@aws-sdk/client-iot";
import { PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { expect, test } from "vitest";
import { closed, type Fleet, freshName } from "../fleet.ts";
import { Inbox } from "../inbox.ts";

export function policiesContract(use: () => Fleet): void {
  const own = (): object[] => [
    {
      Effect: "Allow",
      Action: "iot:Connect",
      Resource: `${use().at.arn}:client/\${iot:Connection.Thing.ThingName}`,
    },
    {
      Effect: "Allow",
      Action: ["iot:Publish", "iot:Receive"],
      Resource: `${use().at.arn}:topic/*/\${iot:Connection.Thing.ThingName}/*`,
    },
    {
      Effect: "Allow",
      Action: "iot:Subscribe",
      Resource: `${use().at.arn}:topicfilter/*/\${iot:Connection.Thing.ThingName}/*`,
    },
  ];

  test("keep a device to its own name", async () => {
    const device = await use().device(own());
    const other = await use().device(own());
    await expect(use().connect(device, { clientId: other.thingName })).rejects.toThrow();
    await expect(use().connect(device, { clientId: freshName("no") })).rejects.toThrow();
    await use().connect(device);
  });

  test("close the connection of a device that publishes elsewhere", async () => {
    const device = await use().device(own());
    const client = await use().connect(device);
    await client.publishAsync(`ack/${device.thingName}/x`, "fine", { qos: 1 });
    const end = closed(client);
    client.publish("ack/another/x", "not fine", { qos: 1 });
    await end;
  });

  test("refuse a subscription, and only it, with 0x80", async () => {
    const device = await use().device(own());
    const client = await use().connect(device);
    const mine = `cmd/${device.thingName}/+`;
    const granted = await new Promise<number[]>((resolve) => {
      client.subscribe([mine, "cmd/another/+"], { qos: 1 }, (_error, _granted, packet) =>
        resolve((packet?.granted ?? []) as number[]),
      );
    });
    expect(granted).toEqual([1, 128]);
    const inbox = new Inbox(client);
    for (const thing of ["another", device.thingName])
      await use().at.plane.send(
        new PublishCommand({ topic: `cmd/${thing}/1`, payload: "{}", qos: 1 }),
      );
    await inbox.take(`cmd/${device.thingName}/1`);
    expect(inbox.topics()).toEqual([]);
  });

  test("keep back messages that a device may not receive", async () => {
    const device = await use().device([
      { Effect: "Allow", Action: ["iot:Connect", "iot:Subscribe"], Resource: "*" },
      { Effect: "Allow", Action: "iot:Receive", Resource: `${use().at.arn}:topic/*/good` },
    ]);
    const client = await use().connect(device);
    const inbox = new Inbox(client);
    const stem = freshName("t");
    await client.subscribeAsync(`${stem}/+`, { qos: 1 });
    await use().at.plane.send(new PublishCommand({ topic: `${stem}/bad`, payload: "1", qos: 1 }));
    await use().at.plane.send(new PublishCommand({ topic: `${stem}/good`, payload: "2", qos: 1 }));
    await inbox.take(`${stem}/good`);
    expect(inbox.topics()).toEqual([]);
  });

  test("ask for iot:RetainPublish beside iot:Publish", async () => {
    const device = await use().device([
      { Effect: "Allow", Action: ["iot:Connect", "iot:Publish"], Resource: "*" },
    ]);
    const client = await use().connect(device);
    await client.publishAsync("a", "plain", { qos: 1 });
    const end = closed(client);
    client.publish("a", "kept", { qos: 1, retain: true });
    await end;
  });

  test("do not matter to a certificate that is revoked: its connection ends and it stays out", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const end = closed(client);
    await use().at.iot.send(
      new UpdateCertificateCommand({ certificateId: device.certificateId, newStatus: "REVOKED" }),
    );
    await end;
    await expect(use().connect(device)).rejects.toThrow();
  });

  test("let a newer connection of the same client id end the older one", async () => {
    const device = await use().device();
    const first = await use().connect(device);
    const end = closed(first);
    const second = await use().connect(device);
    await end;
    await second.publishAsync("a", "still here", { qos: 1 });
  });
}
