/** kill -9 under load: what was acknowledged is there afterwards. */
import {
  GetRetainedMessageCommand,
  GetThingShadowCommand,
  PublishCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshName } from "./fleet.ts";
import { KillableIot } from "./killable-iot.ts";
import { waitFor } from "./wait-for.ts";

let iot: KillableIot;
beforeEach(async () => void (iot = await KillableIot.start()));
afterEach(() => iot.close());

/** Calls `work` with 0, 1, 2, … on several lanes until it fails; collects what succeeded. */
async function untilItFails(work: (n: number) => Promise<void>): Promise<number[]> {
  const done: number[] = [];
  let n = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const mine = n++;
      await work(mine);
      done.push(mine);
    }
  };
  await Promise.allSettled(Array.from({ length: 8 }, lane));
  return done;
}

test("loses no acknowledged shadow update, over HTTP or MQTT", async () => {
  const device = await iot.fleet.device();
  const { thingName } = device;
  for (let round = 1; round <= 2; round++) {
    const { plane } = iot.fleet.at;
    const shadowName = `round-${round}`;
    const client = await iot.fleet.connect(device);
    const stem = `$aws/things/${thingName}/shadow/name/mqtt-${round}/update`;
    await client.subscribeAsync(`${stem}/accepted`, { qos: 1 });
    const accepted: string[] = [];
    client.on("message", (_topic, payload) =>
      accepted.push(
        ...Object.keys(
          (JSON.parse(payload.toString()) as { state: { reported: object } }).state.reported,
        ),
      ),
    );
    let sent = 0;
    const overMqtt = setInterval(() => {
      const body = { state: { reported: { [`m${sent++}`]: 1 } } };
      client.publish(stem, JSON.stringify(body), { qos: 1 });
    }, 2);
    const acknowledged = untilItFails(async (n) => {
      const payload = JSON.stringify({ state: { reported: { [`k${n}`]: n } } });
      await plane.send(new UpdateThingShadowCommand({ thingName, shadowName, payload }));
    });
    await waitFor(() => accepted.length > 20 + 20 * round, { timeoutMs: 20_000 });
    await iot.kill();
    clearInterval(overMqtt);
    const done = await acknowledged;
    expect(done.length).toBeGreaterThan(5);
    await iot.fleet.disconnect();
    await iot.up();
    const read = async (name: string): Promise<Record<string, unknown>> => {
      const command = new GetThingShadowCommand({ thingName, shadowName: name });
      const { payload } = await iot.fleet.at.plane.send(command);
      const shadow = JSON.parse(Buffer.from(payload ?? []).toString()) as {
        state: { reported: Record<string, unknown> };
      };
      return shadow.state.reported;
    };
    const byHttp = await read(shadowName);
    expect(done.filter((n) => byHttp[`k${n}`] !== n)).toEqual([]);
    const byMqtt = await read(`mqtt-${round}`);
    expect(accepted.filter((key) => byMqtt[key] !== 1)).toEqual([]);
  }
});

test("loses no acknowledged message: waiting sessions get all of them in order, rules see all of them", async () => {
  const sleeper = await iot.fleet.device();
  const topic = `${freshName("t")}/x`;
  const asleep = await iot.fleet.connect(sleeper, { clean: false });
  await asleep.subscribeAsync(topic, { qos: 1 });
  await asleep.endAsync();
  const sender = await iot.fleet.device();
  const acknowledged: number[] = [];
  for (let round = 0; round < 2; round++) {
    const client = await iot.fleet.connect(sender);
    let n = round * 10_000;
    const publishing = setInterval(() => {
      const mine = n++;
      client.publish(topic, `{"n":${mine}}`, { qos: 1 }, (error) => {
        if (!error) acknowledged.push(mine);
      });
    }, 1);
    const enough = acknowledged.length + 50;
    await waitFor(() => acknowledged.length > enough, { timeoutMs: 20_000 });
    await iot.kill();
    clearInterval(publishing);
    await iot.fleet.disconnect();
    await iot.up();
  }
  const received: number[] = [];
  await iot.fleet.connect(sleeper, { clean: false }, (_topic, payload) => {
    received.push((JSON.parse(payload.toString()) as { n: number }).n);
  });
  const missing = (): number[] => acknowledged.filter((n) => !received.includes(n));
  await waitFor(() => missing().length === 0, { what: () => `messages ${missing().join()}` });
  expect(received).toEqual(received.toSorted((one, other) => one - other));
  await waitFor(async () => {
    const seen = new Set((await iot.events()).map(({ n }) => n));
    return acknowledged.every((n) => seen.has(n));
  });
});

test("tells who was connected and is not back in time, and nobody else", async () => {
  const gone = await iot.fleet.device();
  const back = await iot.fleet.device();
  const watcher = await iot.fleet.device();
  const topic = `${freshName("t")}/will`;
  const asleep = await iot.fleet.connect(watcher, { clean: false });
  await asleep.subscribeAsync(topic, { qos: 1 });
  await asleep.endAsync();
  const will = { topic, payload: Buffer.from("killed"), qos: 1 as const, retain: false };
  await iot.fleet.connect(gone, { will });
  await iot.fleet.connect(back, { will });
  await iot.kill();
  await iot.fleet.disconnect();
  await iot.up();
  await iot.fleet.connect(back);
  const ended = async (): Promise<Record<string, unknown>[]> =>
    (await iot.events()).filter(({ eventType }) => eventType === "disconnected");
  let last: Record<string, unknown>[] = [];
  await waitFor(
    async () => {
      last = await ended();
      return last.some(({ clientId }) => clientId === gone.thingName);
    },
    { timeoutMs: 20_000 },
  );
  expect(last.find(({ clientId }) => clientId === gone.thingName)).toMatchObject({
    clientInitiatedDisconnect: false,
    disconnectReason: "SERVER_ERROR",
    principalIdentifier: gone.certificateId,
  });
  expect(last.some(({ clientId }) => clientId === back.thingName)).toBe(false);
  const wills: string[] = [];
  await iot.fleet.connect(watcher, { clean: false }, (_topic, payload) =>
    wills.push(payload.toString()),
  );
  await waitFor(() => wills.length > 0);
  expect(wills).toEqual(["killed"]);
});

test("keeps retained messages that were acknowledged, and keeps forgotten ones forgotten", async () => {
  const device = await iot.fleet.device();
  const client = await iot.fleet.connect(device);
  const stem = freshName("t");
  const names = Array.from({ length: 20 }, (_, n) => `${stem}/${n}`);
  await Promise.all(
    names.map((topic) => client.publishAsync(topic, `of ${topic}`, { qos: 1, retain: true })),
  );
  await client.publishAsync(`${stem}/0`, "", { qos: 1, retain: true });
  await client.publishAsync(`${stem}/1`, "newer", { qos: 1, retain: true });
  await iot.kill();
  await iot.fleet.disconnect();
  await iot.up();
  const held: string[] = [];
  const again = await iot.fleet.connect(device, {}, (_topic, payload, { retain }) => {
    if (retain) held.push(payload.toString());
  });
  await again.subscribeAsync(`${stem}/+`, { qos: 1 });
  const expected = ["newer", ...names.slice(2).map((topic) => `of ${topic}`)];
  await waitFor(() => held.length >= expected.length, { what: () => `19, not ${held.length}` });
  expect(held.toSorted()).toEqual(expected.toSorted());
  const get = new GetRetainedMessageCommand({ topic: `${stem}/1` });
  const { payload } = await iot.fleet.at.plane.send(get);
  expect(Buffer.from(payload ?? []).toString()).toBe("newer");
});

test("keeps what was published by HTTP for a session that waits", async () => {
  const sleeper = await iot.fleet.device();
  const topic = `${freshName("t")}/x`;
  const asleep = await iot.fleet.connect(sleeper, { clean: false });
  await asleep.subscribeAsync(topic, { qos: 1 });
  await asleep.endAsync();
  await iot.fleet.at.plane.send(new PublishCommand({ topic, payload: "once", qos: 1 }));
  await iot.kill();
  await iot.up();
  const received: string[] = [];
  const awake = await iot.fleet.connect(sleeper, { clean: false }, (_topic, payload) =>
    received.push(payload.toString()),
  );
  await waitFor(() => received.length > 0);
  // Acknowledged now, so it does not come again.
  await awake.publishAsync("a", "", { qos: 1 });
  await awake.endAsync();
  const again = await iot.fleet.connect(sleeper, { clean: false }, (_topic, payload) =>
    received.push(payload.toString()),
  );
  await again.publishAsync("a", "", { qos: 1 });
  expect(received).toEqual(["once"]);
});
