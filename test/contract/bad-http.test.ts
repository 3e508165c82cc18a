/** Bytes on the API's own socket that no client library sends: an answer below 500 or an end, and the next request works. */
import { connect } from "node:net";
import { startHttpServer, type HttpServer } from "@sightline/all-in-one/http-server";
import { limits } from "@sightline/contracts/limits";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { mutated, oddText } from "../support/garbage.ts";
import { freshName } from "../support/names.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";

let cloud: Cloud;
let server: HttpServer;

beforeAll(async () => {
  cloud = await startCloud();
  const timeouts = { headersMs: 400, requestMs: 800 };
  const many = { perSecond: 1e6, burst: 1e6 };
  const deps = { ...cloud.deps, rates: { principal: many, address: many } };
  server = await startHttpServer(deps, { host: "127.0.0.1", port: 0, timeouts });
});
afterAll(async () => {
  await server.close();
  await cloud.close();
});

/** All that the server says until it closes. */
function speak(said: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: server.port });
    let heard = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => (heard += text));
    // A server that has said enough resets the connection under what is still being sent.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
    for (const part of said) socket.write(part);
  });
}

const statusOf = (heard: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0);

async function expectNextWorks(): Promise<void> {
  const headers = { authorization: `Bearer ${cloud.token}`, connection: "close" };
  const answer = await fetch(`http://127.0.0.1:${server.port}/v1/sites`, { headers });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}

const head = (first: string, headers: readonly string[] = []): string =>
  [first, "Host: x", `Authorization: Bearer ${cloud.token}`, ...headers, "", ""].join("\r\n");
const post = (...headers: readonly string[]): string =>
  head("POST /v1/sites HTTP/1.1", ["Content-Type: application/json", ...headers]);
const close = "Connection: close";
const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
const tooMuch = Buffer.alloc(limits.bodyBytesMax + 1, " ");

const cases: readonly [string, number, () => readonly (string | Uint8Array)[]][] = [
  [
    "an oversize body in chunks",
    413,
    () => [post(close, "Transfer-Encoding: chunked"), chunk(tooMuch), "0\r\n\r\n"],
  ],
  ["an oversize body", 413, () => [post(close, `Content-Length: ${tooMuch.length}`), tooMuch]],
  [
    "the announcement of an oversize body",
    413,
    () => [post(close, "Content-Length: 99999999999"), "{"],
  ],
  ["a length that is no number", 400, () => [post(close, "Content-Length: x"), "{}"]],
  ["a length below 0", 400, () => [post(close, "Content-Length: -1"), "{}"]],
  ["two lengths", 400, () => [post(close, "Content-Length: 2", "Content-Length: 3"), "{}"]],
  [
    "a length and chunks",
    400,
    () => [post(close, "Content-Length: 2", "Transfer-Encoding: chunked"), "2\r\n{}\r\n0\r\n\r\n"],
  ],
  ["a chunk whose size is none", 400, () => [post(close, "Transfer-Encoding: chunked"), "zz\r\n"]],
  [
    "a body of bytes that are no UTF-8",
    400,
    () => [
      post(close, "Content-Length: 13"),
      Buffer.from('{"name":"').subarray(0, 9),
      Buffer.from([0xff, 0xfe, 0x22, 0x7d]),
    ],
  ],
  ["many headers", 431, () => [head("GET /v1/sites HTTP/1.1", [`X: ${"x".repeat(20_000)}`])]],
  ["no host", 400, () => ["GET /v1/sites HTTP/1.1\r\nConnection: close\r\n\r\n"]],
  ["a host that is none", 400, () => [`GET /v1/sites HTTP/1.1\r\nHost: a b/[\r\n${close}\r\n\r\n`]],
  ["a target of another host", 200, () => [head("GET http://other:1/v1/sites HTTP/1.1", [close])]],
  ["a target of another scheme", 400, () => [head("GET ftp://x/v1/sites HTTP/1.1", [close])]],
  ["a target that is no path", 400, () => [head("GET v1/sites HTTP/1.1", [close])]],
  ["a target that begins twice", 404, () => [head("GET //v1/sites HTTP/1.1", [close])]],
  ["a star", 400, () => [head("OPTIONS * HTTP/1.1", [close])]],
  ["broken percents", 404, () => [head("GET /v1/streams/%zz%ff%00 HTTP/1.1", [close])]],
  ["dots that climb", 404, () => [head("GET /v1/../../etc/passwd HTTP/1.1", [close])]],
  ["encoded dots that climb", 404, () => [head("GET /%2e%2e/%2e%2e/etc HTTP/1.1", [close])]],
  ["TRACE", 405, () => [head("TRACE /v1/sites HTTP/1.1", [close])]],
  ["a method that is none", 400, () => [head("FROB /v1/sites HTTP/1.1", [close])]],
  ["another version", 400, () => [head("GET /v1/sites HTTP/7.3", [close])]],
  ["garbage", 400, () => [Buffer.from([0, 255, 1, 254, 13, 10, 13, 10])]],
  ["a TLS handshake", 400, () => [Buffer.from("16030100f1010000ed0303", "hex")]],
  ["an upgrade to nothing", 200, () => [head("GET /v1/sites HTTP/1.1", [close, "Upgrade: x"])]],
];

test.each(cases)("%s is answered %d, and the next request works", async (_name, status, said) => {
  expect(statusOf(await speak(said()))).toBe(status);
  await expectNextWorks();
});

test("CONNECT is not answered", async () => {
  expect(await speak([head("CONNECT x:1 HTTP/1.1")])).toBe("");
  await expectNextWorks();
});

test.each([
  ["its headers", () => ["GET /v1/sites HTTP/1.1\r\nHost: x\r\n"]],
  ["its body", () => [post("Content-Length: 100"), "{"]],
  ["its chunks", () => [post("Transfer-Encoding: chunked"), "2\r\n{"]],
])("who does not get on with %s is answered 408", async (_name, said) => {
  expect(statusOf(await speak(said()))).toBe(408);
  await expectNextWorks();
});

test("doubled headers are one of the two or refused", async () => {
  const doubled = ["Authorization", "Content-Type", "If-Match", "Prefer", "Idempotency-Key"];
  for (const name of doubled) {
    const heard = await speak([post(close, `${name}: x`, `${name}: y`, "Content-Length: 2"), "{}"]);
    expect(statusOf(heard)).toBeGreaterThanOrEqual(400);
    expect(statusOf(heard)).toBeLessThan(500);
  }
  await expectNextWorks();
});

const line = (text: string): string => text.replaceAll(/[\r\n]/g, "");
const targets = fc.oneof(
  oddText.map((text) => `/v1/${line(text)}`),
  oddText.map((text) => `/blobs/${line(text)}?${line(text)}`),
  oddText.map(line),
  fc.constantFrom("/v1/sites", "/v1/streams/%", "http://[/v1", "http://a:99999/v1/sites"),
);
const methods = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "QUERY",
);
const requests = fc
  .record({
    method: methods,
    target: targets,
    header: fc.tuple(oddText.map(line), oddText.map(line)),
    host: fc.oneof(fc.constant("x"), oddText.map(line)),
    body: mutated({ name: "x" }),
    length: fc.oneof(fc.constantFrom("2", "0", "1e3", ""), oddText.map(line)),
  })
  .map(({ method, target, header, host, body, length }) => [
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${header.join(": ")}\r\n`,
    `${close}\r\nContent-Length: ${length}\r\n\r\n${body}`,
  ]);

test(
  "anything like a request is answered below 500, or not at all",
  async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((garbage) => [garbage]);
    // Those that wait for the rest of a request wait together.
    const together = fc.array(fc.oneof(requests, bytes), { minLength: 8, maxLength: 8 });
    const property = fc.asyncProperty(together, async (all) => {
      for (const heard of await Promise.all(all.map((said) => speak(said))))
        expect(statusOf(heard), heard).toBeLessThan(500);
    });
    await fc.assert(property, runs(8));
    await expectNextWorks();
  },
  runsTimeoutMs,
);

test("what was refused made no site", async () => {
  const { body } = await cloud.call("/v1/sites", { body: { name: freshName("site") } });
  const { body: list } = await cloud.call("/v1/sites");
  expect(list.items.map(({ id }: { id: number }) => id)).toEqual([body.id]);
});
