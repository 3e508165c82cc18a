/** The agent at the pipeline's events: what changes a stream's state rings, the rest only counts. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EventStream } from "@sightline/edge-agent/pipeline/event-stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";

let server: Server;
const asked: string[] = [];
const lines = [
  { seq: 1, atMs: 1, kind: "running", camera_id: "door", source_id: 0 },
  {
    seq: 2,
    atMs: 2,
    kind: "object",
    camera_id: "door",
    source_id: 0,
    object: { detector: "face", trackId: 1, box: { left: 1, top: 2, width: 3, height: 4 } },
  },
  { seq: 3, atMs: 3, kind: "of-a-later-version", camera_id: "door" },
];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

test("an object and an event of an unknown kind ring nobody, and do not come again", async () => {
  const { port } = server.address() as AddressInfo;
  const kinds: string[] = [];
  const address = { url: `http://127.0.0.1:${port}`, token: "t" };
  const stream = new EventStream(address, ({ kind }) => kinds.push(kind));
  try {
    await waitFor("a second connection", () => asked.length > 1, { timeoutMs: 5_000 });
  } finally {
    stream.close();
  }
  expect(asked[1]).toContain("after=3");
  expect(new Set(kinds)).toEqual(new Set(["running"]));
});
