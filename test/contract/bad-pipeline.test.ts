/**
 * Whatever answers on the pipeline's port: every call ends in an answer of its form or in an error of the table, and what was taken
 * makes reports that the cloud takes.
 */
import { crc32 } from "node:zlib";
import { createServer, type AddressInfo, type Server } from "node:net";
import { HealthStream } from "@sightline/contracts/device-report";
import { DomainError } from "@sightline/contracts/errors";
import { settingKeys } from "@sightline/contracts/settings";
import { StreamReport } from "@sightline/contracts/stream-report";
import { Lines } from "@sightline/edge-agent/lines";
import { decodeRecords, encodeRecord } from "@sightline/edge-agent/journal/record";
import { PipelineClient } from "@sightline/edge-agent/pipeline/client";
import type { PipelineListing } from "@sightline/edge-agent/pipeline/driver";
import { EventStream } from "@sightline/edge-agent/pipeline/event-stream";
import { PipelineView } from "@sightline/edge-agent/pipeline/view";
import { healthCounters, streamReport } from "@sightline/edge-agent/stream/status";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mutated, oddText } from "../support/garbage.ts";
import { pipelineStream } from "../support/pipeline-stream.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";
import { waitFor } from "../support/wait-for.ts";

const camera = { localName: "door", url: "rtsp://camera/1" };

const entry = pipelineStream(camera.localName, {
  url: camera.url,
  error: { code: "stream.no-frame", text: "x" },
});
const about = {
  name: "sightline-pipeline",
  version: "1",
  backend: "software",
  bootId: "b",
  startedAtMs: 1,
  pid: 1,
  maxSources: 8,
  rtspPort: 1,
  controls: [{ name: "x", scope: "stream", effect: "live" }],
  outputCodecs: ["h264"],
};
const taken = { status: "HTTP/1.1 200 OK", reason: "STREAM_ADD_SUCCESS" };

let server: Server;
let address: { readonly url: string; readonly token: string };
/** Sent to whoever connects, and then the end. */
let reply: string | Uint8Array = "";
let connections = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "x" };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const statuses = fc.constantFrom(
  "200 OK",
  "100 Continue",
  "101 Switching",
  "204 No",
  "500 No",
  "999 ?",
);
const odd = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  oddText,
  fc.constantFrom(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n\r\n`,
    "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000),
  ),
);

const replies = (valid: unknown): fc.Arbitrary<string | Uint8Array> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(statuses, mutated(valid)).map(([status, body]) => {
        const length = Buffer.byteLength(body);
        return `HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n\r\n${body}`;
      }),
    },
    {
      weight: 4,
      arbitrary: mutated(valid).map((body) => `HTTP/1.1 200 OK\r\n\r\n${body}`),
    },
    { weight: 2, arbitrary: odd },
  );

const held = { revision: 1, url: camera.url };

/** What the agent makes of a list is what the cloud takes. */
function expectReportable(list: PipelineListing): void {
  const view = new PipelineView();
  view.changing("s", camera);
  view.changed("s", camera, true);
  view.take(list, view.begin());
  view.observed();
  const seen = view.entry("s");
  const status = {
    held,
    answered: 1,
    failure: undefined,
    quarantined: false,
    pipeline: "running" as const,
    entry: seen,
    settings: view.holding("s")?.settings ?? {},
    drift: {},
    controls: Object.fromEntries(settingKeys.map((key) => [key, "stream" as const])),
    nowMs: 1,
    last: undefined,
  };
  const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  expect(StreamReport.safeParse(sent(streamReport(status))).error).toBeUndefined();
  const health = sent([seen?.state ?? "unknown", ...healthCounters(seen)]);
  expect(HealthStream.safeParse(health).error).toBeUndefined();
}

const calls: readonly [string, unknown, (client: PipelineClient) => Promise<unknown>][] = [
  ["the list", { streams: [entry] }, async (client) => expectReportable(await client.list())],
  ["what it is", about, (client) => client.about()],
  ["an addition", taken, (client) => client.add(camera, "r")],
  ["a removal", taken, (client) => client.remove(camera, "r\n\u0000é")],
  [
    "a setting",
    taken,
    (client) =>
      client.set(
        { localName: "door", sourceId: 0 },
        { key: "decoder.dropFrameInterval", value: 1 },
        "x".repeat(70_000),
      ),
  ],
  ["a picture", "\u00ff\u00d8", (client) => client.snapshot("../\u0000", "r")],
];

test.each(calls)(
  "anything in place of %s is taken in its form or refused by an error of the table",
  async (_name, valid, call) => {
    const client = new PipelineClient(address);
    const property = fc.asyncProperty(replies(valid), async (given) => {
      reply = given;
      await call(client).catch((error: unknown) => {
        if (!(error instanceof DomainError)) throw error;
      });
    });
    await fc.assert(property, runs(60));
  },
  runsTimeoutMs,
);

test(
  "anything in place of events rings at most once a line",
  async () => {
    const event = { seq: 1, atMs: 1, kind: "added", camera_id: "x" };
    const property = fc.asyncProperty(replies(event), async (given) => {
      reply = given;
      const before = connections;
      let rings = 0;
      const stream = new EventStream(address, () => (rings += 1));
      await waitFor("a connection", () => connections > before, { timeoutMs: 5_000, pollMs: 1 });
      stream.close();
      expect(rings).toBeLessThanOrEqual(Buffer.from(given).toString().split("\n").length);
    });
    await fc.assert(property, runs(30));
  },
  runsTimeoutMs,
);

test("any text in place of a journal costs its own lines and nothing else", () => {
  const good = { key: "manifest", value: { a: 1 } };
  const property = fc.property(fc.array(oddText), fc.array(oddText), (before, after) => {
    const lines = (texts: readonly string[]): string => `${texts.join("\n")}\n`;
    const { records } = decodeRecords(`${lines(before)}${encodeRecord(good)}${lines(after)}`);
    expect(records).toContainEqual(good);
  });
  fc.assert(property, runs(200));
});

const isOneLine = (text: string): boolean => !text.includes("\n");

test("a line of anything that is sound by its checksum is a record or damaged", () => {
  const property = fc.property(mutated({ k: "a", v: 1 }).filter(isOneLine), (text) => {
    const line = encodeRecord({ key: "x", value: 1 });
    const sum = crc32(text).toString(16).padStart(8, "0");
    const { records } = decodeRecords(`${sum} ${text}\n${line}`);
    expect(records.at(-1)).toEqual({ key: "x", value: 1 });
    for (const { key } of records) expect(typeof key).toBe("string");
  });
  fc.assert(property, runs(200));
});

test("text without line ends is cut off, and the next line is whole", () => {
  const whole: string[] = [];
  const lines = new Lines((line) => whole.push(line));
  for (let part = 0; part < 50; part += 1) lines.push("x".repeat(10_000));
  lines.push("\n{}\n");
  expect(whole.at(-1)).toBe("{}");
  expect(Math.max(...whole.map((line) => line.length))).toBeLessThan(100_000);
});
