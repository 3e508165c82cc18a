import { GetRetainedMessageCommand, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { expect, test } from "vitest";
import { closed, type Fleet, freshName } from "../fleet.ts";
import { Inbox } from "../inbox.ts";
import { waitFor } from "../wait-for.ts";

export function messagesContract(use: () => Fleet): void {
  test("reach subscribers from MQTT and from HTTP, whatever the topic is spelled like", async () => {
    const client = await use().connect(await use().device());
    const inbox = new Inbox(client);
    const stem = freshName("t");
    await client.subscribeAsync(`${stem}/#`, { qos: 1 });
    for (const leaf of ["a", "a b", "ü/ñ", "100%25", "x=1&y?z"]) {
      await client.publishAsync(`${stem}/${leaf}`, "mqtt", { qos: 1 });
      expect((await inbox.take(`${stem}/${leaf}`)).text).toBe("mqtt");
      await use().at.plane.send(
        new PublishCommand({ topic: `${stem}/${leaf}`, payload: "http", qos: 1 }),
      );
      expect((await inbox.take(`${stem}/${leaf}`)).text).toBe("http");
    }
  });

  test("are retained, and forgotten by an empty payload", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const topic = `${freshName("t")}/state`;
    await client.publishAsync(topic, "kept", { qos: 1, retain: true });
    const held = await use().at.plane.send(new GetRetainedMessageCommand({ topic }));
    expect(Buffer.from(held.payload ?? []).toString()).toBe("kept");
    const inbox = new Inbox(client);
    await client.subscribeAsync(topic, { qos: 1 });
    expect((await inbox.take(topic)).packet.retain).toBe(true);
    await client.publishAsync(topic, "", { qos: 1, retain: true });
    await expect(
      use().at.plane.send(new GetRetainedMessageCommand({ topic })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("wait for a client with a persistent session, in order", async () => {
    const device = await use().device();
    const topic = `${freshName("t")}/x`;
    const before = await use().connect(device, { clean: false });
    await before.subscribeAsync(topic, { qos: 1 });
    await before.endAsync();
    for (const payload of ["1", "2", "3"])
      await use().at.plane.send(new PublishCommand({ topic, payload, qos: 1 }));
    const received: string[] = [];
    await use().connect(device, { clean: false }, (_topic, payload) => {
      received.push(payload.toString());
    });
    await waitFor(() => received.length >= 3, { what: () => `3 messages, not ${received.join()}` });
    expect(received).toEqual(["1", "2", "3"]);
  });

  test("of a last will come when a client vanishes, and not when it says goodbye", async () => {
    const watcher = await use().connect(await use().device());
    const inbox = new Inbox(watcher);
    const topic = `${freshName("t")}/will`;
    await watcher.subscribeAsync(topic, { qos: 1 });
    const device = await use().device();
    const will = { topic, payload: Buffer.from("gone"), qos: 1 as const, retain: false };
    const polite = await use().connect(device, { will });
    await polite.endAsync();
    const lost = await use().connect(device, { will });
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
    const client = await use().connect(await use().device());
    const end = closed(client);
    client.publish(topic, "x", { qos });
    await end;
  });

  test("of more than 128 KB close the connection, of 128 KB do not", async () => {
    const client = await use().connect(await use().device());
    await client.publishAsync("a", Buffer.alloc(128 * 1024), { qos: 1 });
    const end = closed(client);
    client.publish("a", Buffer.alloc(128 * 1024 + 1), { qos: 1 });
    await end;
  });

  test("need no more than 8 filters in one SUBSCRIBE, or the connection is closed", async () => {
    const client = await use().connect(await use().device());
    const filters = Array.from({ length: 9 }, (_, at9) => `a/${at9}`);
    await client.subscribeAsync(filters.slice(1), { qos: 1 });
    const end = closed(client);
    client.subscribe(filters, { qos: 1 });
    await end;
  });
}
