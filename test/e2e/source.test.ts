import { afterAll, beforeAll, expect, test } from "vitest";
import { convergedMs, framesFlow, inSync } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.dispose());

async function create(name: string, url: string): Promise<void> {
  const { status } = await system.call("/v1/streams", {
    method: "POST",
    body: { name, device: "jetson-1", source: { url } },
  });
  expect(status).toBe(201);
}

const errorOf = async (name: string): Promise<string> => {
  const { body } = await system.call(`/v1/streams/${name}`);
  return String(body.error?.code ?? "none");
};

test("a wrong camera URL says why, and the good one beside it keeps running", async () => {
  const [good = ""] = system.ready.cameras;
  const { port } = new URL(good.replace("rtsp:", "http:"));
  const cases = {
    missing: [`rtsp://127.0.0.1:${port}/no-such-camera`, "stream.source-not-found"],
    forbidden: ["rtsp://127.0.0.1:9/camera", "stream.source-forbidden"],
    metadata: ["rtsp://169.254.169.254/latest", "stream.source-forbidden"],
    file: ["file:///etc/passwd", "stream.source-forbidden"],
  } as const;
  const before = await system.call("/v1/streams/camera-1/stats");
  for (const [name, [url]] of Object.entries(cases)) await create(name, url);
  for (const [name, [, code]] of Object.entries(cases))
    await waitFor(
      `${name} says ${code}`,
      async () =>
        (await errorOf(name)) === code ||
        errorOf(name).then((seen) => Promise.reject(new Error(seen))),
      {
        timeoutMs: convergedMs,
      },
    );
  await framesFlow(system, "camera-1");
  const after = await system.call("/v1/streams/camera-1/stats");
  expect(after.body.counters.restarts).toBe(before.body.counters.restarts);
  await inSync(system);
});

test("the mended URL runs", async () => {
  const [url] = system.ready.cameras;
  const { body } = await system.call("/v1/streams/missing", {
    method: "PATCH",
    body: { source: { url } },
    headers: { prefer: "wait=10" },
  });
  expect([body.state, body.error]).toEqual(["running", null]);
  await framesFlow(system, "missing");
});
