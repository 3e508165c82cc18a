import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signal } from "../support/process.ts";
import { convergedMs, framesFlow, inSync } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.dispose());

const fpsOf = async (stream: string): Promise<number> => {
  const { body } = await system.call(`/v1/streams/${stream}/stats`);
  return body.from === "fresh" ? Number(body.counters.fps) : Number.NaN;
};

test("two demo cameras run on the demo device", async () => {
  const { body } = await system.call("/v1/streams");
  expect(
    body.items.map((item: { name: string; state: string }) => [item.name, item.state]),
  ).toEqual([
    ["camera-1", "running"],
    ["camera-2", "running"],
  ]);
  expect(system.ready.cameras).toHaveLength(2);
  await framesFlow(system, "camera-1");
  await framesFlow(system, "camera-2");
});

test("a stream created with Prefer: wait is answered when its frames flow", async () => {
  const [url] = system.ready.cameras;
  const { status, body, headers } = await system.call("/v1/streams", {
    method: "POST",
    body: { name: "plant/gate", device: "jetson-1", source: { url } },
    headers: { prefer: "wait=5" },
  });
  expect([status, body.state, body.delta]).toEqual([201, "running", {}]);
  expect(headers.get("preference-applied")).toBe("wait=5");
  expect(headers.get("etag")).toBe('"1"');
  await framesFlow(system, "plant/gate");
});

test("drop-frame-interval changes the frame rate", async () => {
  await waitFor("full rate", async () => (await fpsOf("camera-1")) > 12, {
    timeoutMs: convergedMs,
  });
  const { status, body } = await system.call("/v1/streams/camera-1", {
    method: "PATCH",
    body: { settings: { "decoder.dropFrameInterval": 5 } },
    headers: { prefer: "wait=5" },
  });
  expect(status).toBe(200);
  expect(body.reported.applied.settings["decoder.dropFrameInterval"]).toBe(5);
  await waitFor(
    "a fifth of the rate",
    async () => {
      const fps = await fpsOf("camera-1");
      return fps > 2 && fps < 4;
    },
    { timeoutMs: convergedMs },
  );
  await system.call("/v1/streams/camera-1", {
    method: "PATCH",
    body: { settings: { "decoder.dropFrameInterval": null } },
  });
  await waitFor("full rate again", async () => (await fpsOf("camera-1")) > 12, {
    timeoutMs: convergedMs,
  });
});

test("a snapshot is a JPEG with its age", async () => {
  const { api, admin } = system.ready;
  const response = await fetch(`${api}/v1/streams/camera-2/snapshot`, {
    headers: { authorization: `Bearer ${admin.token}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("image/jpeg");
  expect(Number(response.headers.get("age"))).toBeLessThan(5);
  const jpeg = Buffer.from(await response.arrayBuffer());
  expect([...jpeg.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  expect(jpeg.length).toBeGreaterThan(2_000);
});

test("a force-idr command succeeds with the count of IDR frames", async () => {
  const { status, body } = await system.call("/v1/devices/jetson-1/commands", {
    method: "POST",
    body: { kind: "stream.force-idr", args: { stream: "camera-2" } },
    headers: { prefer: "wait=5" },
  });
  expect([status, body.state]).toEqual([201, "succeeded"]);
  expect(body.result.idrFrames).toBeGreaterThan(0);
});

test("a request id goes through command, agent and pipeline, and with a desired change too", async () => {
  await system.call("/v1/devices/jetson-1/commands", {
    method: "POST",
    body: { kind: "stream.force-idr", args: { stream: "camera-2" } },
    headers: { prefer: "wait=5", "x-request-id": "trace-command" },
  });
  const { headers } = await system.call("/v1/streams/camera-2", {
    method: "PATCH",
    body: { settings: { "decoder.dropFrameInterval": 3 } },
    headers: { prefer: "wait=5", "x-request-id": "trace-change" },
  });
  expect(headers.get("x-request-id")).toBe("trace-change");
  const log = readFileSync(system.file("logs", "agent.log"), "utf8");
  const lines = log.split("\n").filter((line) => line.includes("pipeline: "));
  for (const id of ["trace-command", "trace-change"])
    expect(lines.filter((line) => line.includes(id))).not.toEqual([]);
});

test("the delta of a device that does not answer grows, and is empty again when it does", async () => {
  await inSync(system);
  const { agent } = system.ready.pids;
  const ageOf = async (): Promise<number> => {
    const { body } = await system.call("/v1/devices/jetson-1/shadow");
    return Math.max(
      ...body.shadows.map((shadow: { deltaAgeMs?: number }) => shadow.deltaAgeMs ?? 0),
    );
  };
  signal(agent, "SIGSTOP");
  try {
    const { status } = await system.call("/v1/streams/camera-1", {
      method: "PATCH",
      body: { settings: { "decoder.dropFrameInterval": 2 } },
    });
    expect(status).toBe(200);
    const age = await waitFor("a delta with an age", ageOf, { timeoutMs: convergedMs });
    await waitFor("a delta that grows", async () => (await ageOf()) > age, {
      timeoutMs: convergedMs,
    });
  } finally {
    signal(agent, "SIGCONT");
  }
  await inSync(system);
  expect(await ageOf()).toBe(0);
});

test("a removed stream is gone from the device, too", async () => {
  const { status } = await system.call("/v1/streams/plant%2Fgate", {
    method: "DELETE",
    headers: { prefer: "wait=5" },
  });
  expect(status).toBe(204);
  const { url, token } = system.ready.pipeline;
  const response = await fetch(`${url}/api/v1/sightline/streams`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { streams } = (await response.json()) as { streams: { camera_id: string }[] };
  expect(streams.map(({ camera_id }) => camera_id).toSorted()).toEqual(["camera-1", "camera-2"]);
});
