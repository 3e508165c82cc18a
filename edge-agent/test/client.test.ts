/** Against a server that answers as it is told: what the real one does not do at will. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { PipelineDetection } from "@sightline/contracts/pipeline-api";
import { PipelineClient } from "../src/pipeline/client.ts";
import { appliedDefaults, pipelineStream } from "../../test/support/pipeline-stream.ts";

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

let server: Server;
let client: PipelineClient;
let asked: string[];
/** By `METHOD /path`. */
let answers: Record<string, Answer>;

const done: Answer = { status: 200, body: { status: "HTTP/1.1 200 OK", reason: "X_SUCCESS" } };
const streams = "/api/v1/sightline/streams";
const detection: PipelineDetection = {
  detectors: ["face"],
  rois: [],
  interval: 4,
  osd: true,
  trackerConfig: "",
};
const entry = pipelineStream("front door", {
  source_id: 3,
  applied: { ...appliedDefaults, detection },
});
const listing = (...entries: readonly object[]): Answer => ({
  status: 200,
  body: { streams: entries, shared: { batchedPushTimeout: 5, maxLatency: 6 } },
});
const door = { localName: "front door", sourceId: 3 };

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const call = `${request.method} ${request.url}`;
      asked.push(`${call} ${Buffer.concat(parts).toString()}`.trim());
      const { status, body } = answers[call] ?? done;
      response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = new PipelineClient({ url: `http://127.0.0.1:${port}`, token: "x" });
});
beforeEach(() => {
  asked = [];
  answers = {};
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it("changes one of what is put as a whole, and leaves the rest as it is", async () => {
  answers = { [`GET ${streams}`]: listing(entry) };
  await client.set(door, { key: "osd.processMode", value: "off" }, "r");
  const whole = { detectors: ["face"], rois: [], interval: 4, osd: false };
  expect(asked).toEqual([
    `GET ${streams}`,
    `PUT ${streams}/front%20door/detectors ${JSON.stringify(whole)}`,
  ]);
});

it("names any stream where what all share wants one named, and none where it does not", async () => {
  answers = { [`GET ${streams}`]: listing(entry) };
  await client.setShared({ key: "mux.maxLatencyNs", value: 5 }, "r");
  await client.setShared({ key: "encoder.bitrate", value: 9 }, "r");
  expect(asked).toEqual([
    'POST /api/v1/mux/max-latency {"stream":{"max_latency":5}}',
    `GET ${streams}`,
    'POST /api/v1/enc/bitrate {"stream":{"stream_id":"3","bitrate":9}}',
  ]);
  answers = { [`GET ${streams}`]: listing() };
  await expect(client.setShared({ key: "encoder.bitrate", value: 9 }, "r")).rejects.toMatchObject({
    code: "pipeline.unavailable",
  });
});

it("tells what all share", async () => {
  answers = { [`GET ${streams}`]: listing(entry) };
  expect((await client.list()).shared).toEqual({
    "mux.batchedPushTimeoutUs": 5,
    "mux.maxLatencyNs": 6,
  });
  answers = { [`GET ${streams}`]: { status: 200, body: { streams: [] } } };
  expect((await client.list()).shared).toEqual({});
});

it("tells its controls by the settings they are for", async () => {
  const control = (name: string, scope: string): object => ({ name, scope, effect: "live" });
  const body = {
    name: "sightline-pipeline",
    version: "1",
    backend: "deepstream",
    bootId: "b",
    startedAtMs: 1,
    pid: 1,
    maxSources: 8,
    rtspPort: 1,
    controls: [
      control("roi", "stream"),
      control("bitrate", "device"),
      control("force-idr", "device"),
    ],
    outputCodecs: [],
  };
  answers = { "GET /api/v1/sightline/about": { status: 200, body } };
  expect(await client.about()).toEqual({
    version: "1",
    backend: "deepstream",
    release: "",
    controls: { "detector.rois": "stream", "encoder.bitrate": "device" },
  });
});

it.each([
  [204, undefined, undefined],
  [404, { code: "stream.not-found", message: "no" }, undefined],
  [404, { code: "route.not-found", message: "no such route" }, "no such route"],
  [500, undefined, "the pipeline answered 500"],
])("takes a stranger out: %s %j", async (status, body, refusal) => {
  answers = { [`DELETE ${streams}/front%20door`]: { status, body } };
  const removal = client.removeUnmanaged("front door", "r");
  if (refusal === undefined) await removal;
  else await expect(removal).rejects.toMatchObject({ code: "native.refused", message: refusal });
});

it.each([
  ["stream.not-found", 404],
  ["input.invalid", 400],
])("passes on why an additive route refuses: %s", async (code, status) => {
  answers = { [`PUT ${streams}/front%20door/output`]: { status, body: { code, message: "why" } } };
  await expect(
    client.set(door, { key: "encoder.codec", value: "h265" }, "r"),
  ).rejects.toMatchObject({ code: "native.refused", message: "why" });
});

it.each([
  [200, { status: "HTTP/1.1 500 Internal Server Error", reason: "BITRATE_UPDATE_FAIL, no" }],
  [200, { status: "HTTP/1.1 200 OK", reason: "" }],
  [500, { status: "HTTP/1.1 200 OK", reason: "BITRATE_UPDATE_SUCCESS" }],
  [200, null],
])("takes nothing but success for success: %s %j", async (status, body) => {
  answers = { "POST /api/v1/enc/bitrate": { status, body } };
  await expect(client.set(door, { key: "encoder.bitrate", value: 9 }, "r")).rejects.toMatchObject({
    code: "native.refused",
  });
});

it("asks for frames of both kinds, and for the analytics file", async () => {
  await client.forceIdr(door, "r");
  await client.forceIntra(door, "r");
  await client.reloadAnalytics("/a/config.txt", "r");
  expect(asked).toEqual([
    'POST /api/v1/enc/force-idr {"stream":{"stream_id":"3","force_idr":1}}',
    'POST /api/v1/enc/force-intra {"stream":{"stream_id":"3","force_intra":1}}',
    'POST /api/v1/analytics/reload-config {"stream":{"config_file_path":"/a/config.txt"}}',
  ]);
});
