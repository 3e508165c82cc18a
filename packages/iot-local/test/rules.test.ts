import { PublishCommand, UpdateThingShadowCommand } from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunningIot } from "./running-iot.ts";
import { waitFor } from "./wait-for.ts";

type Event = Record<string, unknown>;

const events: Record<string, Event[]> = {};
const record = (name: string) => async (event: Event) => void (events[name] ??= []).push(event);
const active = new Map<string, number>();
const finished: string[] = [];
let overlaps = 0;
let most = 0;
let failures = 0;
const gate = { open: true, waiting: [] as (() => void)[] };

async function slow(event: Event): Promise<void> {
  const topic = String(event["topic"]);
  if ((active.get(topic) ?? 0) > 0) overlaps++;
  active.set(topic, (active.get(topic) ?? 0) + 1);
  most = Math.max(
    most,
    [...active.values()].reduce((sum, n) => sum + n, 0),
  );
  if (!gate.open) await new Promise<void>((resolve) => gate.waiting.push(resolve));
  else await new Promise((resolve) => setImmediate(resolve));
  active.set(topic, (active.get(topic) ?? 0) - 1);
  finished.push(`${topic}:${String(event["n"])}`);
}

let running: RunningIot;
beforeAll(async () => {
  running = await RunningIot.start({
    rules: [
      {
        name: "acks",
        sql: "SELECT *, topic(4) AS thing, clientid() AS client, timestamp() AS at FROM 'ack/app/dev/+/+' WHERE state <> 'noise'",
        handle: record("acks"),
      },
      {
        name: "documents",
        sql: "SELECT current.state.reported AS reported, topic(3) AS thing FROM '$aws/things/+/shadow/name/+/update/documents'",
        handle: record("documents"),
      },
      {
        name: "presence",
        sql: "SELECT * FROM '$aws/events/presence/#' WHERE startswith(topic(4), 'conn')",
        handle: record("presence"),
      },
      { name: "slow", sql: "SELECT *, topic() AS topic FROM 'slow/+'", handle: slow },
      {
        name: "failing",
        sql: "SELECT * FROM 'fail/#'",
        handle: async () => {
          failures++;
          throw new Error("no luck");
        },
      },
      {
        name: "shaky",
        sql: "SELECT * FROM 'shaky/#'",
        handle: async (event) => {
          if (++failures % 2 === 1) throw new Error("once");
          await record("shaky")(event);
        },
      },
    ],
  });
});
afterAll(() => running.close());

const publish = (topic: string, body: unknown): Promise<unknown> =>
  running.at.plane.send(new PublishCommand({ topic, payload: JSON.stringify(body), qos: 1 }));

test("sees what devices publish, selects and filters", async () => {
  const device = await running.fleet.device();
  const client = await running.fleet.connect(device);
  await client.publishAsync("ack/app/dev/t1/c1", '{"state":"noise"}', { qos: 1 });
  await client.publishAsync("ack/app/prod/t1/c1", '{"state":"other stage"}', { qos: 1 });
  await client.publishAsync("ack/app/dev/t1/c2", '{"state":"done"}', { qos: 0 });
  const [event] = await waitFor(() => events["acks"]);
  expect(event).toEqual({
    state: "done",
    thing: "t1",
    client: device.thingName,
    at: expect.any(Number) as number,
  });
});

test("sees shadow documents and presence", async () => {
  const device = await running.fleet.device();
  await running.fleet.connect(device);
  const { thingName } = device;
  await running.at.plane.send(
    new UpdateThingShadowCommand({
      thingName,
      shadowName: "s",
      payload: '{"state":{"reported":{"fps":5}}}',
    }),
  );
  const document = await waitFor(() =>
    events["documents"]?.find(({ thing }) => thing === thingName),
  );
  expect(document).toEqual({ reported: { fps: 5 }, thing: thingName });
  const connected = await waitFor(() =>
    events["presence"]?.find(({ clientId }) => clientId === thingName),
  );
  expect(connected["eventType"]).toBe("connected");
});

test("handles the events of one topic in order and never two at once, others beside them, but not too many", async () => {
  const topics = Array.from({ length: 40 }, (_, at) => `slow/${at}`);
  await Promise.all(topics.map((topic) => publish(topic, { n: 0 })));
  for (let n = 1; n <= 5; n++) await Promise.all(topics.map((topic) => publish(topic, { n })));
  await waitFor(() => finished.length === 240, {
    what: () => `240 events, not ${finished.length}`,
  });
  expect(overlaps).toBe(0);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(16);
  for (const topic of topics)
    expect(finished.filter((one) => one.startsWith(`${topic}:`))).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => `${topic}:${n}`),
    );
});

test("does not hold up the publisher of a message that a handler is busy with", async () => {
  gate.open = false;
  const before = finished.length;
  for (let n = 0; n < 3; n++) await publish("slow/held", { n });
  await waitFor(() => gate.waiting.length === 1);
  expect(finished.length).toBe(before);
  gate.open = true;
  gate.waiting[0]?.();
  await waitFor(() => finished.length === before + 3);
});

test("tries a failing handler three times, then says which rule and topic, and goes on", async () => {
  failures = 0;
  await publish("fail/x", { a: 1 });
  const line = await waitFor(() => running.logged.find((text) => text.includes("rule failing")));
  expect(line).toContain("error rule failing failed for fail/x: Error: no luck");
  expect(failures).toBe(3);
});

test("hands an event again that failed once", async () => {
  failures = 0;
  await publish("shaky/x", { a: 1 });
  expect(await waitFor(() => events["shaky"])).toEqual([{ a: 1 }]);
});

test("skips what is no JSON object, and says so", async () => {
  await running.at.plane.send(new PublishCommand({ topic: "fail/y", payload: "plain", qos: 1 }));
  await waitFor(() => running.logged.find((text) => text.includes("skipped a message of fail/y")));
});

test("hands an event that was not finished at closing to the next process", async () => {
  const handled: Event[] = [];
  let stuck = true;
  const own = await RunningIot.start({
    rules: [
      {
        name: "stuck",
        sql: "SELECT * FROM 'work/+'",
        handle: async (event) => {
          if (stuck) await new Promise(() => undefined);
          handled.push(event);
        },
      },
    ],
  });
  try {
    await own.at.plane.send(new PublishCommand({ topic: "work/1", payload: '{"n":1}', qos: 1 }));
    const before = performance.now();
    await own.local.close();
    expect(performance.now() - before).toBeLessThan(4_000);
    stuck = false;
    await own.restart();
    await waitFor(() => handled.length > 0);
    expect(handled).toEqual([{ n: 1 }]);
  } finally {
    await own.close();
  }
});
