/** What AWS refuses by number and by the second; bounded, so that it may be run against an account. */
import { GetThingShadowCommand } from "@aws-sdk/client-iot-data-plane";
import { expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { closed, type Fleet, freshName } from "../fleet.ts";
import { Inbox } from "../inbox.ts";
import { waitFor } from "../wait-for.ts";
import { parse, update } from "./shadow-call.ts";

export function limitsContract(use: () => Fleet): void {
  shadowLimits(use);

  test("50 subscriptions a connection are granted, and no more until one is given up", async () => {
    const client = await use().connect(await use().device());
    const max = limits.subscriptionsPerConnection.value;
    const granted: number[] = [];
    const subscribe = (filters: string[]): Promise<void> =>
      new Promise((resolve) => {
        client.subscribe(filters, { qos: 1 }, (_error, _granted, packet) => {
          granted.push(...((packet?.granted ?? []) as number[]));
          resolve();
        });
      });
    const filters = Array.from({ length: max + 3 }, (_, n) => `a/${n}`);
    for (let n = 0; n < filters.length; n += 8) await subscribe(filters.slice(n, n + 8));
    expect(granted.map((qos) => qos === 1)).toEqual(filters.map((_, n) => n < max));
    // Known already, so it is not one more.
    await subscribe(["a/0"]);
    expect(granted.at(-1)).toBe(1);
    await client.unsubscribeAsync("a/0");
    await subscribe(["a/new"]);
    expect(granted.at(-1)).toBe(1);
  });

  test("100 publishes a second are taken from a connection, the rest is dropped and the connection stays", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const watcher = await use().connect(await use().device());
    const inbox = new Inbox(watcher);
    const topic = `${freshName("t")}/x`;
    await watcher.subscribeAsync(topic, { qos: 1 });
    const max = limits.publishesPerSecond.value;
    for (let n = 0; n < 4 * max; n++) client.publish(topic, String(n), { qos: 0 });
    await waitFor(() => inbox.messages.length >= max, {
      what: () => `${max} messages, not ${inbox.messages.length}`,
    });
    await use().at.pass(2_000);
    await client.publishAsync(topic, "after", { qos: 1 });
    await waitFor(() => inbox.messages.at(-1)?.text === "after", { what: "the last message" });
    expect(inbox.messages.length).toBeLessThan(3 * max);
    expect(client.connected).toBe(true);
  });

  test("one CONNECT a second is taken from a client id; who is connected stays", async () => {
    const device = await use().device();
    const first = await use().connect(device);
    await expect(use().connectAtOnce(device)).rejects.toThrow();
    await first.publishAsync("a", "still here", { qos: 1 });
    const end = closed(first);
    await use().connect(device);
    await end;
  });
}

function shadowLimits(use: () => Fleet): void {
  test("of 20 and more shadow requests a second the rest is refused with ThrottlingException", async () => {
    const { thingName } = await use().device();
    const get = (): Promise<unknown> =>
      use().at.plane.send(new GetThingShadowCommand({ thingName, shadowName: "settings" }));
    await update(use(), { thingName }, { state: { desired: { a: 1 } } });
    const refused: unknown[] = [];
    for (let n = 0; n < 10 && refused.length === 0; n++)
      for (const answer of await Promise.allSettled(Array.from({ length: 8 }, get)))
        if (answer.status === "rejected") refused.push(answer.reason);
    expect(refused[0]).toMatchObject({
      name: "ThrottlingException",
      $metadata: { httpStatusCode: 429 },
    });
    await use().at.pass(2_000);
    await get();
  });

  test("more than 10 shadow requests in flight over MQTT are rejected with 429 and their token", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/s1/update`;
    await client.subscribeAsync([`${stem}/accepted`, `${stem}/rejected`], { qos: 1 });
    // One packet of the network, so that none is done before the last one is there.
    client.stream.cork();
    for (let n = 0; n < 20; n++) {
      const body = { state: { reported: { [`k${n}`]: n } }, clientToken: `t${n}` };
      client.publish(stem, JSON.stringify(body), { qos: 0 });
    }
    setImmediate(() => client.stream.uncork());
    await waitFor(() => inbox.messages.length >= 20, {
      what: () => `20 answers, not ${inbox.messages.length}`,
    });
    const rejected = inbox.messages.filter((message) => message.topic.endsWith("/rejected"));
    expect(rejected.length).toBeGreaterThan(0);
    expect(inbox.messages.length - rejected.length).toBeGreaterThanOrEqual(10);
    expect(JSON.parse(rejected[0]?.text ?? "")).toMatchObject({
      code: 429,
      clientToken: expect.stringMatching(/^t\d+$/) as string,
    });
  });

  test("a shadow of 8 KB is taken, more is refused with 413 over HTTP and MQTT", async () => {
    const device = await use().device();
    const { thingName } = device;
    // {"desired":{"a":""}} has 20 bytes around the value.
    const state = (length: number): object => ({
      desired: { a: "x".repeat(limits.shadow.value - '{"desired":{"a":""}}'.length + length) },
    });
    await update(use(), { thingName }, { state: state(0) });
    await expect(update(use(), { thingName }, { state: state(200) })).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      $metadata: { httpStatusCode: 413 },
    });
    const client = await use().connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${thingName}/shadow/name/settings/update`;
    await client.subscribeAsync(`${stem}/rejected`, { qos: 1 });
    await client.publishAsync(stem, JSON.stringify({ state: state(200) }), { qos: 1 });
    expect(await inbox.json(`${stem}/rejected`)).toMatchObject({ code: 413 });
    const { payload } = await use().at.plane.send(
      new GetThingShadowCommand({ thingName, shadowName: "settings" }),
    );
    expect(parse(payload)).toMatchObject({ version: 1 });
  });

  test("a shadow that is nested too deeply is refused with 400", async () => {
    const { thingName } = await use().device();
    const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
    await update(use(), { thingName }, { state: { desired: nested(5) } });
    await expect(
      update(use(), { thingName }, { state: { desired: nested(limits.shadowDepth.value + 2) } }),
    ).rejects.toMatchObject({ name: "InvalidRequestException" });
  });
}
