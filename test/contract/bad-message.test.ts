/**
 * Whatever a box says on any of its topics: it is dropped with one line in the log, never thrown (which would deliver it again), and
 * writes nothing of others. The neighbours' messages are taken.
 */
import { shadowTopics, topics } from "@sightline/contracts/topics";
import { takeEvent } from "@sightline/functions/device-events/device-events";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { healthReport, noFacts } from "../support/device-report.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { mutated, oddText, oddValue } from "../support/garbage.ts";
import { freshName, installation } from "../support/names.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";
import { waitFor } from "../support/wait-for.ts";
import { watchWrites, type Writes } from "../support/writes.ts";

let cloud: Cloud;
let writes: Writes;
let box: Box;
let stream = "";
let foreign: Box;
let foreignStream = "";

beforeAll(async () => {
  cloud = await startCloud();
  box = await cloud.addBox();
  stream = await addStream(box, cloud.token);
  const { token } = await cloud.addOrganization();
  foreign = await cloud.addBox({ token });
  foreignStream = await addStream(foreign, token);
  writes = watchWrites(cloud.dynamo, cloud.deps.gateway);
});
afterAll(() => cloud.close());

async function addStream({ device }: Box, token: string): Promise<string> {
  const body = { name: freshName("s"), device, source: { url: "rtsp://camera/1" } };
  return String((await cloud.call("/v1/streams", { body, token })).body.id);
}

const versions = { agent: "1", pipeline: "1", backend: "software" };
const error = { code: "none", text: "" };

const reports = {
  stream: () => ({
    version: 3,
    state: {
      reported: {
        v: 1,
        revision: 1,
        state: "running",
        sinceAtMs: 1,
        error,
        applied: { url: "", settings: { "decoder.dropFrameInterval": 0 } },
        output: { rtspUrl: "" },
        video: { width: 1, height: 1 },
        atMs: 1,
      },
    },
  }),
  device: () => ({
    version: 3,
    state: {
      reported: {
        v: 1,
        manifest: { [stream]: 1, [foreignStream]: 9 },
        bootId: "b",
        versions,
        pipeline: { state: "running", restarts: 0 },
        unmanaged: [],
        atMs: 1,
      },
    },
  }),
  health: () => healthReport({ streams: { [stream]: ["running", 1, 1, 1, 1] } }),
  hello: () => ({ v: 1, bootId: "b", versions, manifestHash: "", facts: noFacts, atMs: 1 }),
  ack: () => ({ v: 1, id: `cmd_${"0".repeat(26)}`, state: "succeeded", result: {}, atMs: 1 }),
  presence: () => ({ clientId: box.thing, eventType: "disconnected", versionNumber: 1 }),
};
type Report = keyof typeof reports;

const own = (family: "ack" | "health" | "evt", leaf: string): string =>
  topics.build({ family, ...installation, thing: box.thing, leaf });

const topicOf = (report: Report): string =>
  ({
    stream: `${shadowTopics.stem(box.thing, `stream-${stream}`)}/update/accepted`,
    device: `${shadowTopics.stem(box.thing, "device")}/update/accepted`,
    health: own("health", "report"),
    hello: own("evt", "hello"),
    ack: own("ack", `cmd_${"0".repeat(26)}`),
    presence: `$aws/events/presence/disconnected/${box.thing}`,
  })[report];

/** Payloads that a rule would hand on: it selects keys of an object. */
const eventOf = (report: Report): fc.Arbitrary<Record<string, unknown>> =>
  fc.oneof(
    { weight: 4, arbitrary: mutated(reports[report]()).map(asObject) },
    { weight: 1, arbitrary: fc.dictionary(oddText, oddValue) },
  );

function asObject(text: string): Record<string, unknown> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
}

test.each(Object.keys(reports) as Report[])(
  "anything in place of %s is taken or dropped, and touches nobody else",
  async (report) => {
    const property = fc.asyncProperty(
      fc.constant(0).chain(() => eventOf(report)),
      async (payload) => {
        writes.take();
        const before = cloud.logged.length;
        await takeEvent(cloud.deps, { ...payload, topic: topicOf(report), receivedAtMs: 1 });
        expect(cloud.logged.slice(before + 1)).toEqual([]);
        const written = writes.take().join("\n");
        for (const { device } of [foreign]) expect(written).not.toContain(device);
        expect(written).not.toContain(foreignStream);
      },
    );
    await fc.assert(property, runs(80));
  },
  runsTimeoutMs,
);

test("a report on another organization's stream writes nothing", async () => {
  const topic = `${shadowTopics.stem(box.thing, `stream-${foreignStream}`)}/update/accepted`;
  writes.take();
  await takeEvent(cloud.deps, { ...reports.stream(), topic, receivedAtMs: 1 });
  expect(writes.take()).toEqual([]);
});

test.each(["presence", "stream", "device"] as const)(
  "a version of %s that cannot be a number is dropped, not thrown",
  async (report) => {
    const odd = { toString: 1 };
    const payload = { ...reports[report](), version: odd, versionNumber: odd };
    writes.take();
    await takeEvent(cloud.deps, { ...payload, topic: topicOf(report), receivedAtMs: 1 });
    expect(writes.take()).toEqual([]);
  },
);

test(
  "any topic is dropped when it is none of ours",
  async () => {
    const parts = fc.constantFrom("cmd", "ack", "evt", "health", "$aws", box.thing, "sightline");
    const topic = fc.array(fc.oneof(parts, oddText), { maxLength: 8 }).map((all) => all.join("/"));
    const property = fc.asyncProperty(fc.oneof(topic, oddValue), async (given) => {
      writes.take();
      await takeEvent(cloud.deps, { ...reports.health(), topic: given });
      expect(writes.take()).toEqual([]);
    });
    await fc.assert(property, runs(100));
  },
  runsTimeoutMs,
);

test("bytes that are no JSON on every topic leave the broker and the neighbours alone", async () => {
  const neighbour = await (await cloud.addBox()).comeOnline();
  const client = await box.connect();
  const payloads = [
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.from("{"),
    Buffer.from("null"),
    Buffer.from("[".repeat(10_000)),
    Buffer.from(JSON.stringify({ ...reports.health(), cpuPercent: 1e308 })),
    Buffer.from(JSON.stringify({ v: 2 })),
    Buffer.alloc(0),
  ];
  const shadow = `${shadowTopics.stem(box.thing, "device")}/update`;
  for (const topic of [own("health", "report"), own("evt", "hello"), topicOf("ack"), shadow])
    for (const payload of payloads) await client.publishAsync(topic, payload, { qos: 1 });
  await neighbour.publish("health", "report", healthReport({ cpuPercent: 77 }));
  await waitFor(
    "the neighbour's health",
    async () => {
      const { body } = await cloud.call(`/v1/devices/${neighbour.device}`);
      return body.health?.cpuPercent === 77;
    },
    { timeoutMs: 10_000, pollMs: 20 },
  );
  expect(client.connected).toBe(true);
});
