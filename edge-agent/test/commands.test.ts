import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { StreamCounters } from "@sightline/contracts/stream-report";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { Box, startCameras, type Cameras } from "./box.ts";
import type { Child } from "./child.ts";
import { freshId, streamDesired, TestCloud } from "./cloud.ts";
import { waitFor } from "./wait-for.ts";

/** Takes uploads; `silent` never answers. */
class UploadServer {
  readonly uploads: { type: string; body: Buffer }[] = [];
  silent = false;
  waiting = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        this.uploads.push({
          type: request.headers["content-type"] ?? "",
          body: Buffer.concat(parts),
        });
        if (this.silent) this.waiting += 1;
        else response.end();
      });
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/picture.jpg?signature=x`;
  }

  /** On everybody whom it has not answered. */
  hangUp(): void {
    this.#server.closeAllConnections();
  }

  close(): void {
    this.hangUp();
    this.#server.close();
  }
}

describe("commands", () => {
  let cloud: TestCloud;
  let box: Box;
  let cameras: Cameras;
  let agent: Child;
  let stream: StreamDesired;
  const uploads = new UploadServer();

  const run = async (): Promise<void> => {
    const startedAtMs = Date.now();
    ({ agent } = await box.runUntilReady(["--allow-source", cameras.address]));
    await cloud.streamReport(
      stream,
      ({ state, atMs }) => state === "running" && atMs > startedAtMs,
    );
  };

  beforeAll(async () => {
    await uploads.listen();
    cloud = await TestCloud.start();
    box = await Box.make();
    cameras = await startCameras(1);
    await box.enrolAt(cloud);
    stream = streamDesired({ source: { url: cameras.url(1), transport: "tcp", credentials: "" } });
    await cloud.place(stream);
    await run();
  });
  afterEach(() => {
    uploads.silent = false;
    uploads.uploads.length = 0;
  });
  afterAll(async () => {
    await box.close();
    await cameras.child.kill();
    await cloud.close();
    uploads.close();
  });

  it("makes the encoder send an IDR frame", async () => {
    const command = cloud.command("stream.force-idr", { stream: stream.id });
    await cloud.send(command);
    const ending = await cloud.ending(command.id);
    expect(ending).toMatchObject({ state: "succeeded" });
    expect(Number(ending.result?.["idrFrames"])).toBeGreaterThan(0);
    expect(cloud.acksOf(command.id).map(({ state }) => state)).toEqual([
      "acknowledged",
      "succeeded",
    ]);
  });

  it("makes the encoder send an I-frame", async () => {
    const command = cloud.command("stream.force-intra", { stream: stream.id });
    await cloud.send(command);
    expect(await cloud.ending(command.id)).toMatchObject({ state: "succeeded", result: {} });
  });

  it("passes on that the pipeline has no analytics file to read again", async () => {
    const command = cloud.command("device.reload-analytics", { configPath: "/config.txt" });
    await cloud.send(command);
    const ending = await cloud.ending(command.id);
    expect(ending).toMatchObject({ state: "failed", code: "native.refused" });
    expect(ending.text).toContain("RELOAD_CONFIG_UPDATE_FAIL");
  });

  it("uploads one picture although the command comes twice, and again afterwards", async () => {
    const command = cloud.command("stream.snapshot", { stream: stream.id, uploadUrl: uploads.url });
    await Promise.all([cloud.send(command), cloud.send(command)]);
    const ending = await cloud.ending(command.id);
    expect(ending).toMatchObject({ state: "succeeded" });
    await cloud.send(command);
    await waitFor(
      () => cloud.acksOf(command.id).filter(({ state }) => state === "succeeded").length > 1,
      "the repeated outcome",
    );
    expect(uploads.uploads).toHaveLength(1);
    const [{ type, body }] = uploads.uploads as [{ type: string; body: Buffer }];
    expect(type).toBe("image/jpeg");
    expect([...body.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    expect(ending.result).toMatchObject({ sizeBytes: body.length });
    expect(Date.now() - Number(ending.result?.["frameAtMs"])).toBeLessThan(10_000);
  });

  it("tells counters, and reports health every five seconds afterwards", async () => {
    const command = cloud.command("stream.stats", { stream: stream.id });
    const before = cloud.health.length;
    await cloud.send(command);
    const { result } = await cloud.ending(command.id);
    const counters = result as unknown as StreamCounters;
    expect(counters).toMatchObject({ state: "running", clients: 0 });
    expect(counters.frames).toBeGreaterThan(0);
    const health = await waitFor(() => cloud.health[before], "a watched health report");
    expect(health.streams[stream.id]?.[0]).toBe("running");
  });

  it("fails a command for a stream that it does not hold", async () => {
    const command = cloud.command("stream.stats", { stream: freshId("str") });
    await cloud.send(command);
    expect(await cloud.ending(command.id)).toMatchObject({
      state: "failed",
      code: "stream.not-found",
    });
  });

  it("rejects what it does not know, what is malformed and what is too late", async () => {
    const unknown = cloud.command("device.levitate", {});
    const malformed = cloud.command("stream.stats", { stream: "door" });
    const late = cloud.command(
      "stream.stats",
      { stream: stream.id },
      { expiresAtMs: Date.now() - 5_000 },
    );
    for (const command of [unknown, malformed, late]) await cloud.send(command);
    expect(await cloud.ending(unknown.id)).toMatchObject({
      state: "rejected",
      code: "command.unsupported",
    });
    expect(await cloud.ending(malformed.id)).toMatchObject({
      state: "rejected",
      code: "input.invalid",
    });
    expect(await cloud.ending(late.id)).toMatchObject({
      state: "rejected",
      code: "command.expired",
    });
  });

  it("holds a command back until the revision that it follows, or its time is over", async () => {
    const { revision } = stream;
    stream = { ...stream, revision: revision + 1, settings: { "decoder.dropFrameInterval": 2 } };
    const waits = cloud.command(
      "stream.stats",
      { stream: stream.id },
      { afterRevision: stream.revision },
    );
    const never = cloud.command(
      "stream.stats",
      { stream: stream.id },
      { afterRevision: stream.revision + 1, ttlMs: 1_500 },
    );
    const marker = cloud.command("stream.stats", { stream: stream.id });
    for (const command of [waits, never, marker]) await cloud.send(command);
    await cloud.ending(marker.id);
    expect(cloud.acksOf(waits.id)).toEqual([]);
    await cloud.place(stream);
    expect(await cloud.ending(waits.id)).toMatchObject({ state: "succeeded" });
    expect(await cloud.ending(never.id)).toMatchObject({
      state: "rejected",
      code: "command.expired",
    });
  });

  it("does not run a command again that was running when it died", async () => {
    uploads.silent = true;
    const command = cloud.command("stream.snapshot", { stream: stream.id, uploadUrl: uploads.url });
    await cloud.send(command);
    await waitFor(() => uploads.waiting === 1, "the upload that nobody answers");
    expect(cloud.acksOf(command.id).map(({ state }) => state)).toEqual(["acknowledged"]);
    agent.signal("SIGKILL");
    await agent.ended();
    await run();
    await cloud.send(command);
    const ending = await cloud.ending(command.id);
    expect(ending).toMatchObject({ state: "failed", code: "command.outcome-unknown" });
    await waitFor(() => cloud.acksOf(command.id).length >= 3, "the repeated outcome");
    expect(uploads.uploads).toHaveLength(1);
  });

  it("delivers the end of a command that it could not tell at once", async () => {
    uploads.silent = true;
    const command = cloud.command("stream.snapshot", { stream: stream.id, uploadUrl: uploads.url });
    await cloud.send(command);
    await waitFor(() => uploads.waiting === 2, "the upload that nobody answers");
    await cloud.shut();
    uploads.hangUp();
    await waitFor(
      () => agent.errors.some((line) => line.includes(`${command.id}: failed`)),
      "the end",
    );
    await cloud.open();
    expect(await cloud.ending(command.id, 30_000)).toMatchObject({ code: "gateway.unavailable" });
    expect(agent.errors.join()).not.toContain("signature=x");
  }, 60_000);

  it("rejects a message of another version", async () => {
    const id = freshId("cmd");
    await cloud.send({ ...cloud.command("stream.stats", {}), id, v: 2 as 1 });
    expect(await cloud.ending(id)).toMatchObject({ state: "rejected", code: "input.invalid" });
  });
});
