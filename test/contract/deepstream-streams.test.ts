/** stream/* of DeepStream's dialect: what a device has been told, and what its client hears. */
import { limits } from "@sightline/contracts/limits";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DeepstreamClient, type Said } from "../support/deepstream.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
/** Of a box that is online. */
let client: DeepstreamClient;
/** Of one that never was. */
let away: DeepstreamClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = new DeepstreamClient(cloud, await (await cloud.addBox()).comeOnline());
  away = new DeepstreamClient(cloud, await cloud.addBox());
});
afterAll(() => cloud.close());

const camera = () => freshName("cam");
const url = "rtsp://camera/1";
const ok = "HTTP/1.1 200 OK";
const failed = "HTTP/1.1 500 Internal Server Error";
const duplicate = "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream";
const unknown = "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream";
const pending = (prefix: string) => ({
  status: "HTTP/1.1 202 Accepted",
  reason: `${prefix}_PENDING, the device is offline; kept until it connects`,
});
const streamOf = async (name: string) =>
  (await cloud.call(`/v1/streams/${encodeURIComponent(name)}`)).body;

describe("stream/add", () => {
  test("is a stream of the device, once the box has it, with or without frames", async () => {
    const id = camera();
    const [said] = await Promise.all([
      client.sensor("camera_add", { camera_id: id, camera_url: "rtsp://a:s%40cret@camera/1" }),
      client.done(id, 1, { state: "connecting" }),
    ]);
    expect(said.status).toBe(200);
    expect(said.text).toBe(
      `{\n\t"reason" : "STREAM_ADD_SUCCESS",\n\t"status" : "HTTP/1.1 200 OK"\n}`,
    );
    expect(said.headers.get("content-type")).toBe("text/plain");
    expect(await streamOf(id)).toMatchObject({
      name: id,
      localName: id,
      title: "Door",
      device: client.box.device,
      source: { url, username: "a", password: "********" },
    });
  });

  test("takes the form of a video server's event", async () => {
    const id = camera();
    const event = { camera_id: id, camera_url: url, change: "camera_streaming" };
    const [said] = await Promise.all([
      client.call("/api/v1/stream/add", { body: { alert_type: "x", event } }),
      client.done(id),
    ]);
    expect(said.body).toEqual({ status: ok, reason: "STREAM_ADD_SUCCESS" });
  });

  test("puts the device before a name that the organization has already", async () => {
    const id = camera();
    await away.sensor("camera_add", { camera_id: id, camera_url: url });
    await client.add(id);
    expect(await streamOf(id)).toMatchObject({ device: away.box.device });
    expect(await streamOf(`${client.box.name}/${id}`)).toMatchObject({
      localName: id,
      device: client.box.device,
    });
  });

  test("of a camera_id that the device has is refused, with the same source, too", async () => {
    const id = camera();
    const { revision } = await client.add(id);
    for (const camera_url of [url, "rtsp://other/1"]) {
      const said = await client.sensor("camera_add", { camera_id: id, camera_url });
      expect([said.status, said.body]).toEqual([500, { status: failed, reason: duplicate }]);
    }
    expect((await streamOf(id)).revision).toBe(revision);
  });

  test("is kept for a box that is away, and can be repeated until it is done", async () => {
    const id = camera();
    const add = (some = {}) =>
      away.sensor("camera_add", { camera_id: id, camera_url: url, ...some });
    for (const said of [await add(), await add()])
      expect([said.status, said.body]).toEqual([202, pending("STREAM_ADD")]);
    for (const some of [{ camera_name: "Gate" }, { camera_url: "rtsp://camera/2" }])
      expect((await add(some)).body.reason).toBe(duplicate);
    expect(await streamOf(id)).toMatchObject({ state: "pending", revision: 1 });
  });

  test.each([
    ["stream.source-forbidden", "STREAM_ADD_FAIL, Failed to add source stream"],
    [
      "device.stream-limit",
      "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux",
    ],
    ["stream.local-name-conflict", duplicate],
    ["future.code", "STREAM_ADD_FAIL, Failed to add source stream"],
  ])("that the box refuses with %s leaves nothing behind", async (code, reason) => {
    const id = camera();
    const error = { code, text: "said the box" };
    const [said] = await Promise.all([
      client.sensor("camera_add", { camera_id: id, camera_url: url }),
      client.done(id, 1, { state: "refused", error }),
    ]);
    expect([said.status, said.body]).toEqual([500, { status: failed, reason, error }]);
    expect((await streamOf(id)).code).toBe("stream.not-found");
  });

  test.each(["http://camera/1.mp4", "no url", "rtsp:///path"])(
    "of a URL that no box could play is refused: %s",
    async (camera_url) => {
      const said = await client.sensor("camera_add", { camera_id: camera(), camera_url });
      expect(said.body).toMatchObject({
        status: failed,
        reason: "STREAM_ADD_FAIL, Failed to add source stream",
        error: { code: "input.invalid" },
      });
    },
  );

  test("knows the schemes that name a transport", async () => {
    const [tcp, udp] = [camera(), camera()];
    await away.sensor("camera_add", { camera_id: tcp, camera_url: "rtspt://camera/1" });
    await away.sensor("camera_add", { camera_id: udp, camera_url: "rtspu://camera/1" });
    expect((await streamOf(tcp)).source).toEqual({ url, transport: "tcp" });
    expect((await streamOf(udp)).source).toEqual({ url, transport: "udp" });
  });
});

describe("stream/remove", () => {
  const remove = (id: string, camera_url = url, by = client) =>
    by.sensor("camera_remove", { camera_id: id, camera_url });

  test("is done when the box no longer has it", async () => {
    const id = camera();
    const { id: stream } = await client.add(id);
    await client.box.reportManifest({ [stream]: 1 });
    const [said] = await Promise.all([
      remove(id),
      (async () => {
        await waitFor(
          "the stream is gone",
          async () => !(await cloud.deps.store.streams.get(cloud.organization, stream)),
          { timeoutMs: 5_000, pollMs: 10 },
        );
        await client.box.reportManifest({ [stream]: null });
      })(),
    ]);
    expect([said.status, said.body]).toEqual([
      200,
      { status: ok, reason: "STREAM_REMOVE_SUCCESS" },
    ]);
    expect((await remove(id)).body).toEqual({ status: failed, reason: unknown });
  });

  test("is not done because the box has not named the stream among its own yet", async () => {
    const id = camera();
    await client.box.reportManifest({});
    const { id: stream } = await client.add(id);
    let said: Said | undefined;
    const answered = remove(id).then((answer) => (said = answer));
    const isGone = async (): Promise<boolean> =>
      !(await cloud.deps.store.streams.get(cloud.organization, stream));
    await waitFor("the stream is gone", isGone, { timeoutMs: 5_000, pollMs: 10 });
    // It may not have begun to wait yet.
    const isAnswered = (): boolean => {
      cloud.letPass(limits.addWaitMs);
      return said !== undefined;
    };
    await waitFor("the answer", isAnswered, { timeoutMs: 5_000, pollMs: 10 });
    said = await answered;
    expect([said.status, said.body.reason]).toEqual([
      202,
      "STREAM_REMOVE_PENDING, the device has not answered yet; kept until it does",
    ]);
  });

  test("wants the whole URL, with its credentials", async () => {
    const id = camera();
    const whole = "rtsp://a:secret@camera/1";
    await away.sensor("camera_add", { camera_id: id, camera_url: whole });
    for (const other of [
      url,
      "rtsp://a:wrong@camera/1",
      "rtsp://a@camera/1",
      "rtsp://a:********@camera/1",
      "no url",
    ])
      expect((await remove(id, other, away)).body).toEqual({ status: failed, reason: unknown });
    expect((await streamOf(id)).name).toBe(id);
    // The box has never had it.
    await away.box.connect();
    await away.box.reportManifest({});
    await away.box.disconnect();
    expect((await remove(id, whole, away)).status).toBeLessThan(300);
    expect((await streamOf(id)).code).toBe("stream.not-found");
  });

  test("finds nothing on another device", async () => {
    const id = camera();
    await client.add(id);
    expect((await remove(id, url, away)).body.reason).toBe(unknown);
  });

  test("is what `change` says, whatever the path", async () => {
    const body = { value: { camera_id: camera(), camera_url: url, change: "camera_remove" } };
    expect((await client.call("/api/v1/stream/add", { body })).body.reason).toBe(unknown);
  });
});

describe("get-stream-info", () => {
  test("lists what is in the pipeline, newest first, with the slots", async () => {
    const lister = new DeepstreamClient(cloud, await (await cloud.addBox()).comeOnline());
    const list = async (accept = "*/*") =>
      lister.call("/api/v1/stream/get-stream-info", { headers: { accept } });
    expect((await list()).body["stream-info"]).toEqual({ "stream-count": 0, "stream-info": [] });
    const [first, second, third] = [camera(), camera(), camera()];
    for (const id of [first, second, third]) {
      await lister.add(id);
      cloud.letPass(10);
    }
    await lister.done(second, 1, { state: "quarantined" });
    const expected = {
      reason: "GET_LIVE_STREAM_INFO_SUCCESS",
      status: ok,
      "stream-info": {
        "stream-count": 2,
        "stream-info": [
          { camera_id: third, camera_name: "Door", source_id: 2 },
          { camera_id: first, camera_name: "Door", source_id: 0 },
        ],
      },
    };
    await expect.poll(async () => (await list()).body).toEqual(expected);
    expect((await list("application/json, text/plain, */*")).body).toEqual(expected);
    expect((await list("text/plain")).text).toBe(
      '# HELP total_stream_count Total stream count from ds\n# TYPE total_stream_count gauge\ntotal_stream_count{app_name="ds",metric_name="total_stream_count"} 2\n',
    );
  });
});
