/** The double of NVIDIA's own server behaves as theirs does, quirk by quirk: what is driven against it is driven against theirs. */
import { request } from "node:http";
import { afterEach, describe, expect, it, test } from "vitest";
import { NvidiaServer, type NvidiaServerOptions } from "../support/nvidia-server/nvidia-server.ts";
import { waitFor } from "../support/wait-for.ts";

const servers: NvidiaServer[] = [];
const start = async (options: NvidiaServerOptions): Promise<NvidiaServer> => {
  const server = await NvidiaServer.start(options);
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
});

interface Answer {
  readonly wire: number;
  readonly type: string | null;
  readonly text: string;
}

async function ask(
  { url }: NvidiaServer,
  path: string,
  init: RequestInit & { readonly json?: unknown } = {},
): Promise<Answer> {
  const { json, ...rest } = init;
  const sent = json === undefined ? rest : { method: "POST", body: JSON.stringify(json), ...rest };
  const response = await fetch(`${url}${path}`, sent);
  return {
    wire: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

const sensor = (cameraId: string, url: string, change = "camera_add") => ({
  json: {
    key: "sensor",
    value: { camera_id: cameraId, camera_name: cameraId, camera_url: url, change },
  },
});
const add = async (server: NvidiaServer, cameraId: string, url = `rtsp://${cameraId}/1`) =>
  JSON.parse((await ask(server, "/api/v1/stream/add", sensor(cameraId, url))).text) as object;
const remove = async (server: NvidiaServer, cameraId: string, url = `rtsp://${cameraId}/1`) =>
  JSON.parse(
    (await ask(server, "/api/v1/stream/remove", sensor(cameraId, url, "camera_remove"))).text,
  ) as object;
const list = async (server: NvidiaServer) => {
  const { text } = await ask(server, "/api/v1/stream/get-stream-info");
  const { "stream-info": info } = JSON.parse(text) as {
    "stream-info": { "stream-count": number; "stream-info": Record<string, unknown>[] };
  };
  return info["stream-info"];
};
const set = async (server: NvidiaServer, path: string, stream: object) =>
  JSON.parse((await ask(server, path, { json: { stream } })).text) as object;

const releases = ["7.1", "8.0", "9.1"] as const;

describe.each(releases)("DeepStream %s", (release) => {
  it("says 200 on the wire whatever happened, and the truth in the body", async () => {
    const server = await start({ release, maxBatchSize: 1 });
    expect(await ask(server, "/api/v1/stream/add", sensor("door", "rtsp://door/1"))).toEqual({
      wire: 200,
      type: "text/plain",
      text: '{\n\t"reason" : "STREAM_ADD_SUCCESS",\n\t"status" : "HTTP/1.1 200 OK"\n}',
    });
    expect(await add(server, "door")).toEqual({
      status: "HTTP/1.1 500 Internal Server Error",
      reason: "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux",
    });
    expect(await ask(server, "/api/v1/stream/add", { json: { camera_id: "x" } })).toMatchObject({
      wire: 200,
      text: expect.stringContaining("Sensor API change string not supported") as string,
    });
    expect(await ask(server, "/api/v1/stream/add")).toMatchObject({ wire: 200, text: "null" });
    expect((await ask(server, "/api/v1/stream/adds")).wire).toBe(404);
  });

  it("refuses a camera that it has, and lists the newest first", async () => {
    const server = await start({ release });
    await add(server, "door");
    await add(server, "yard");
    expect(await add(server, "door", "rtsp://other")).toMatchObject({
      reason: "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream",
    });
    const ids = release === "7.1" ? [{}, {}] : [{ source_id: 1 }, { source_id: 0 }];
    expect(await list(server)).toEqual([
      { camera_id: "yard", camera_name: "yard", ...ids[0] },
      { camera_id: "door", camera_name: "door", ...ids[1] },
    ]);
  });

  it("gives numbers round robin, and forgets settings with the stream", async () => {
    const server = await start({ release, maxBatchSize: 3 });
    await add(server, "door");
    await add(server, "yard");
    await set(server, "/api/v1/dec/drop-frame-interval", {
      stream_id: "0",
      drop_frame_interval: 5,
    });
    await remove(server, "door");
    await add(server, "door");
    const { sources } = await server.look();
    expect(sources.map(({ cameraId, sourceId }) => [cameraId, sourceId])).toEqual([
      ["door", 2],
      ["yard", 1],
    ]);
    expect(sources[0]?.settings).toEqual({});
  });

  it("removes only by the exact URL", async () => {
    const server = await start({ release });
    await add(server, "door");
    const refusal =
      release === "9.1"
        ? {
            status: "HTTP/1.1 500 Internal Server Error",
            reason: "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream",
          }
        : { status: "HTTP/1.1 200 OK", reason: "" };
    expect(await remove(server, "door", "rtsp://door/2")).toEqual(refusal);
    expect(await remove(server, "gate")).toEqual(refusal);
    expect(await list(server)).toHaveLength(1);
    expect(await remove(server, "door")).toMatchObject({ reason: "STREAM_REMOVE_SUCCESS" });
    expect(await list(server)).toEqual([]);
  });

  it("loses a source that cannot play, without a word", async () => {
    const server = await start({ release });
    expect(await add(server, "door", "rtsp://dies/1")).toMatchObject({
      reason: "STREAM_ADD_SUCCESS",
    });
    await waitFor("the source to go", async () => (await list(server)).length === 0, {
      timeoutMs: 5_000,
    });
  });

  it("applies a default where a field is missing or misspelt, and calls it success", async () => {
    const server = await start({ release });
    await add(server, "door");
    expect(
      await set(server, "/api/v1/dec/drop-frame-interval", { stream_id: "0", drop_interval: 5 }),
    ).toMatchObject({ reason: "DROP_FRAME_INTERVAL_UPDATE_SUCCESS" });
    expect(await set(server, "/api/v1/mux/batched-push-timeout", {})).toMatchObject({
      reason: "BATCHED_PUSH_TIMEOUT_UPDATE_SUCCESS",
    });
    const { sources, shared } = await server.look();
    expect(sources[0]?.settings).toEqual({ "/api/v1/dec/drop-frame-interval": 0 });
    expect(shared).toEqual({ "/api/v1/mux/batched-push-timeout": -1 });
  });

  it("takes a chunked body for none", async () => {
    const server = await start({ release });
    await new Promise<void>((resolve, reject) => {
      const sent = request(`${server.url}/api/v1/mux/batched-push-timeout`, { method: "POST" });
      sent.on("error", reject).on("response", (answer) => answer.resume().on("end", resolve));
      sent.write('{"stream":{"batched_push_timeout":40000}}');
      sent.end();
    });
    expect((await server.look()).shared).toEqual({ "/api/v1/mux/batched-push-timeout": 0 });
  });

  it("names what is out of range or of the wrong type, and the stream that it does not know", async () => {
    const server = await start({ release });
    const path = "/api/v1/infer/set-interval";
    expect(await set(server, path, { stream_id: "0", interval: 33 })).toEqual({
      status: "HTTP/1.1 400 Bad Request",
      reason:
        "INFER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. Range: 0 - 32 ",
    });
    expect(await set(server, path, { stream_id: "0", interval: "2" })).toMatchObject({
      reason: "INFER_INTERVAL_UPDATE_FAIL, error: Value is not convertible to UInt.",
    });
    expect(await set(server, path, { stream_id: "7", interval: 2 })).toMatchObject({
      reason: "INFER_INTERVAL_UPDATE_FAIL, Unable to find stream id for infer property updation",
    });
  });

  it("comes back on its port and holds nothing", async () => {
    const server = await start({ release });
    await add(server, "door");
    const { url } = server;
    await server.kill();
    await server.start();
    expect(server.url).toBe(url);
    expect(await list(server)).toEqual([]);
  });
});

test.each([
  ["an empty body", "/api/v1/dec/drop-frame-interval", ""],
  ["an array", "/api/v1/mux/batched-push-timeout", "[1]"],
  ["a value that is no object", "/api/v1/enc/bitrate", '{"stream":1}'],
  ["no stream_id", "/api/v1/infer/set-interval", '{"stream":{"interval":1}}'],
  ["a name as stream_id", "/api/v1/conv/flip-method", '{"stream":{"stream_id":"door"}}'],
  ["a huge stream_id", "/api/v1/osd/process-mode", '{"stream":{"stream_id":"9999999999"}}'],
  ["ROIs without a body", "/api/v1/roi/update", ""],
  ["a text as latency", "/api/v1/mux/max-latency", '{"stream":{"max_latency":"5"}}'],
])("every release ends at %s", async (_what, path, body) => {
  const server = await start({ release: "7.1" });
  await expect(fetch(`${server.url}${path}`, { method: "POST", body })).rejects.toThrow();
  await waitFor("the server's end", () => !server.isRunning, { timeoutMs: 5_000 });
  expect(server.aborts).toHaveLength(1);
});

test("releases differ in what they say and serve", async () => {
  const seen = await Promise.all(
    releases.map(async (release) => {
      const server = await start({ release });
      const wire = async (path: string): Promise<number> => (await ask(server, path)).wire;
      return [
        (JSON.parse((await ask(server, "/version")).text) as { version: string }).version,
        await wire("/api/v1/health/get-dsready-state"),
        await wire("/api/v1/ready"),
        await wire("/api/v1/metrics"),
        (await ask(server, "/api/v1/analytics/reload-config", { json: { stream: {} } })).wire,
      ];
    }),
  );
  expect(seen).toEqual([
    ["DeepStream-SDK 7.0 - REST API Version v1", 404, 404, 404, 404],
    ["DeepStream-SDK 7.0 - REST API Version v1", 200, 404, 404, 200],
    ["DeepStream-SDK 9.1 - REST API Version v1", 200, 200, 200, 200],
  ]);
});

test("9.1 answers Prometheus text to whoever accepts plain text, too", async () => {
  const server = await start({ release: "9.1" });
  await add(server, "door");
  const headers = { accept: "application/json, text/plain, */*" };
  expect(await ask(server, "/api/v1/stream/get-stream-info", { headers })).toEqual({
    wire: 200,
    type: "text/plain; version=0.0.4; charset=utf-8",
    text: 'total_stream_count{app_name="ds",metric_name="total_stream_count"} 1\n',
  });
});
