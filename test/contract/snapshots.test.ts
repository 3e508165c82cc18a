/** A picture from a box, over its one-time URL. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let box: Box;
beforeAll(async () => {
  cloud = await startCloud();
  box = await (await cloud.addBox()).comeOnline();
});
afterAll(() => cloud.close());

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0x00, 0x80, 0xff, 0xd9]);

const addStream = async (on: Box): Promise<string> => {
  const body = { name: freshName("s"), device: on.device, source: { url: "rtsp://camera/1" } };
  return String((await cloud.call("/v1/streams", { body })).body.id);
};

/** As the API's server does it. */
function upload(url: string, body: Uint8Array = jpeg): Promise<void> {
  const { pathname, search } = new URL(url);
  const key = pathname.slice("/blobs/".length);
  return cloud.deps.blobs.takeUpload({
    key,
    query: search.slice(1),
    contentType: "image/jpeg",
    body,
  });
}

const urlOf = ({ args }: { args: Readonly<Record<string, unknown>> }): string =>
  String(args["uploadUrl"]);

describe("a snapshot", () => {
  test("is what the box uploads, with its age, and is kept by nobody", async () => {
    const stream = await addStream(box);
    const answering = (async () => {
      const command = await box.nextCommand("stream.snapshot");
      expect(command.args).toMatchObject({ stream });
      await upload(urlOf(command));
      await box.ack(command.id, "succeeded", {
        result: { frameAtMs: Date.now() - 4_000, sizeBytes: jpeg.length },
      });
      return command;
    })();
    const answer = await cloud.call(`/v1/streams/${stream}/snapshot`);
    const command = await answering;
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("image/jpeg");
    expect(Number(answer.headers.get("age"))).toBeGreaterThanOrEqual(4);
    expect(answer.body).toEqual(jpeg);
    // The URL was good once, and what came is gone.
    await expect(upload(urlOf(command))).rejects.toMatchObject({ code: "auth.forbidden" });
    const { body } = await cloud.call(`/v1/devices/${box.device}/commands/${command.id}`);
    expect(body.args).toEqual({ stream, uploadUrl: "***" });
  });

  test("that the box cannot make is refused with the box's reason", async () => {
    const stream = await addStream(box);
    const answering = box
      .nextCommand("stream.snapshot")
      .then(({ id }) => box.ack(id, "failed", { code: "stream.no-frame", text: "no frame yet" }));
    const answer = await cloud.call(`/v1/streams/${stream}/snapshot`);
    await answering;
    expectProblem(answer, "snapshot.unavailable");
    expect(answer.body).toMatchObject({
      detail: "no frame yet",
      details: { reason: "stream.no-frame" },
    });
  });

  test("that is said to be there but is not is refused", async () => {
    const stream = await addStream(box);
    const answering = box
      .nextCommand("stream.snapshot")
      .then(({ id }) => box.ack(id, "succeeded", { result: { frameAtMs: 1, sizeBytes: 1 } }));
    const answer = await cloud.call(`/v1/streams/${stream}/snapshot`);
    await answering;
    expectProblem(answer, "snapshot.unavailable");
  });

  test("of a box that is offline is refused at once", async () => {
    const offline = await cloud.addBox();
    const stream = await addStream(offline);
    const startedMs = Date.now();
    const answer = await cloud.call(`/v1/streams/${stream}/snapshot`);
    expectProblem(answer, "snapshot.unavailable");
    expect(answer.body.details).toMatchObject({ reason: "device.offline" });
    expect(Date.now() - startedMs).toBeLessThan(4_000);
    // Nobody waits for the picture any more: the box must not make one when it comes back.
    const { body } = await cloud.call(`/v1/devices/${offline.device}/commands`);
    expect(body.items.map(({ state }: { state: string }) => state)).not.toContain("queued");
  });
});
