/** Whatever answers at the URL of a server that is not ours: every call ends in an answer of its form or in an error of the table. */
import { createServer, type AddressInfo, type Server } from "node:net";
import { DomainError } from "@sightline/contracts/errors";
import { AddedUrls } from "@sightline/edge-agent/pipeline/stock/added-urls";
import { StockDriver } from "@sightline/edge-agent/pipeline/stock/driver";
import { recognize } from "@sightline/edge-agent/pipeline/stock/profile";
import { StockServer } from "@sightline/edge-agent/pipeline/stock/server";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mutated, oddText } from "../support/garbage.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";

const listed = {
  reason: "GET_LIVE_STREAM_INFO_SUCCESS",
  status: "HTTP/1.1 200 OK",
  "stream-info": {
    "stream-count": 1,
    "stream-info": [{ camera_id: "door", camera_name: "door", source_id: 0 }],
  },
};
const measured = {
  reason: "GET_METRICS_INFO_SUCCESS",
  status: "HTTP/1.1 200 OK",
  "metrics-info": {
    "stream-count": 1,
    "stream-stats": [{ fps: 25, frame_number: 9, sensor_id: "door" }],
  },
};
const version = { version: "DeepStream-SDK 9.1 - REST API Version v1" };
const taken = { reason: "DROP_FRAME_INTERVAL_UPDATE_SUCCESS", status: "HTTP/1.1 200 OK" };

let server: Server;
let url = "";
/** Sent one after the other, the last one again and again, to whoever connects. */
let replies: readonly (string | Uint8Array)[] = [];
let connections = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    const reply = replies[Math.min(connections, replies.length - 1)] ?? "";
    connections += 1;
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const http = (body: string, status = "200 OK"): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const answersTo = (valid: unknown): fc.Arbitrary<string | Uint8Array> =>
  fc.oneof(
    { weight: 6, arbitrary: mutated(valid).map((body) => http(body)) },
    { weight: 1, arbitrary: mutated(valid).map((body) => http(body, "500 No")) },
    { weight: 1, arbitrary: fc.oneof(fc.uint8Array({ maxLength: 200 }), oddText) },
  );

const profile = async () => {
  replies = [http(JSON.stringify(version)), http(JSON.stringify(measured))];
  connections = 0;
  return recognize(new StockServer({ url, lost: () => undefined }), "auto");
};

const driver = async (): Promise<StockDriver> =>
  new StockDriver({
    server: new StockServer({ url, lost: () => undefined }),
    profile: await profile(),
    urls: new AddedUrls({ get: () => undefined, entries: () => [], write: async () => undefined }),
    sources: { allowSources: [], mediaDir: undefined },
  });

const given = async <T>(
  answers: readonly (string | Uint8Array)[],
  call: () => Promise<T>,
): Promise<T | undefined> => {
  replies = answers;
  connections = 0;
  return call().catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
    return undefined;
  });
};

test(
  "any list and any figures make a list of the agent's form, or an error of the table",
  async () => {
    const stock = await driver();
    const property = fc.asyncProperty(
      answersTo(listed),
      answersTo(measured),
      async (...answers) => {
        const listing = await given(answers, () => stock.list());
        for (const { camera_id, source_id, fps, frames, state } of listing?.streams ?? []) {
          expect([camera_id === "", state]).toEqual([false, "unknown"]);
          expect(source_id === undefined || Number.isInteger(source_id)).toBe(true);
          expect([fps >= 0, Number.isInteger(frames) && frames >= 0]).toEqual([true, true]);
        }
      },
    );
    await fc.assert(property, runs(100));
  },
  runsTimeoutMs,
);

test(
  "a setting is done only when the answer says so in full",
  async () => {
    const stock = await driver();
    const list = http(JSON.stringify(listed));
    const property = fc.asyncProperty(answersTo(taken), async (answer) => {
      let isDone = false;
      await given([list, answer, list], async () => {
        const stream = { localName: "door", sourceId: 0 };
        await stock.set(stream, { key: "decoder.dropFrameInterval", value: 1 }, "r");
        isDone = true;
      });
      const text = Buffer.from(answer).toString();
      for (const part of isDone ? ["HTTP/1.1 200", "_SUCCESS"] : []) expect(text).toContain(part);
    });
    await fc.assert(property, runs(100));
  },
  runsTimeoutMs,
);

test(
  "whatever a server says of itself, it is taken for a release or for none",
  async () => {
    const property = fc.asyncProperty(
      answersTo(version),
      answersTo(measured),
      async (...answers) => {
        const server2 = new StockServer({ url, lost: () => undefined });
        const found = await given(answers, () => recognize(server2, "auto"));
        if (found) expect(found.release).toMatch(/^\d{1,3}\.\d{1,3}$/);
      },
    );
    await fc.assert(property, runs(100));
  },
  runsTimeoutMs,
);
