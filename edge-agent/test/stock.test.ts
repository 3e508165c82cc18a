/** The whole agent in front of NVIDIA's own server instead of our host, release by release: what can be done is, and the rest is said. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceReport } from "@sightline/contracts/device-report";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import type { Seen } from "../../test/support/nvidia-server/main.ts";
import { NvidiaServer } from "../../test/support/nvidia-server/nvidia-server.ts";
import { Box, type Ready } from "./box.ts";
import type { Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { waitFor } from "./wait-for.ts";

// They mostly wait, for intervals of the agent: so they do it side by side.
describe.concurrent.each(["7.1", "8.0", "9.1"] as const)(
  "a server of DeepStream %s",
  { timeout: 60_000 },
  (release) => {
    const tells = release !== "7.1";
    let nvidia: NvidiaServer;
    let cloud: TestCloud;
    let box: Box;
    let agent: Child;
    let ready: Ready;

    const run = async (): Promise<void> => {
      ({ agent, ready } = await box.runUntilReady(["--pipeline-url", nvidia.url]));
    };

    beforeAll(async () => {
      nvidia = await NvidiaServer.start({ release });
      cloud = await TestCloud.start();
      box = await Box.make();
      await box.enrolAt(cloud);
      await run();
    });
    afterAll(async () => {
      await box.close();
      await cloud.close();
      await nvidia.kill();
    });

    const url = (path: string): string => `rtsp://192.0.2.7/${path}`;
    const desired = (change: Partial<StreamDesired> = {}): StreamDesired =>
      streamDesired({ source: { url: url("1"), transport: "auto", credentials: "" }, ...change });
    const addressed = (path: string): StreamDesired =>
      desired({ source: { url: url(path), transport: "auto", credentials: "" } });

    const wish = (revision: number, change: object): Promise<void> =>
      cloud.writeShadow(deviceShadow, {
        v: 1,
        manifest: {},
        wish: { revision, pipeline: "running", settings: {}, ...change },
      });
    const wished = (revision: number): Promise<DeviceReport> =>
      cloud.deviceReport((report) => report.wish.revision === revision);

    const seen = (is: (seen: Seen) => boolean, what: string): Promise<Seen> =>
      waitFor(
        async () => {
          const now = nvidia.isRunning ? await nvidia.look() : undefined;
          return now && is(now) ? now : undefined;
        },
        what,
        30_000,
      );
    const has = ({ sources }: Seen, { localName }: StreamDesired): boolean =>
      sources.some(({ cameraId }) => cameraId === localName);
    const answered =
      (revision: number) =>
      (report: StreamReport): boolean =>
        report.revision === revision && report.state !== "connecting";
    const remove = async (...streams: readonly StreamDesired[]): Promise<void> => {
      for (const stream of streams) await cloud.remove(stream);
      await seen(({ sources }) => sources.length === 0, "an empty server");
    };

    it.sequential("is reported as what it is, with what it can be told", async () => {
      expect(ready).toMatchObject({ pid: agent.pid, pipelinePid: 0, pipelineUrl: nvidia.url });
      const report = await cloud.deviceReport(({ versions }) => versions.backend !== "");
      expect(report.versions).toMatchObject({
        backend: "stock",
        pipeline: `DeepStream ${release}`,
      });
      expect(report.pipeline).toEqual({ state: "running", restarts: 0, release });
      expect(Object.keys(report.controls)).toHaveLength(tells ? 15 : 2);
    });

    it.sequential("gets streams and their settings, and what it cannot is reported as unsupported", async () => {
      const [door, yard] = [addressed("door"), addressed("yard")];
      await cloud.place(door, yard);
      const report = await cloud.streamReport(door, answered(1));
      expect(report).toMatchObject({
        state: "unknown",
        error: { code: "none" },
        applied: { url: url("door"), settings: {} },
        output: { rtspUrl: "" },
      });
      await cloud.streamReport(yard, answered(1));
      await seen((now) => has(now, door) && has(now, yard), "both streams");

      const settings = { "decoder.dropFrameInterval": 5, "encoder.codec": "h265" } as const;
      await cloud.place({ ...door, revision: 2, settings }, yard);
      const set = await cloud.streamReport(door, answered(2));
      expect(set.applied.settings).toEqual({
        "decoder.dropFrameInterval": tells ? 5 : "unsupported",
        "encoder.codec": "unsupported",
      });
      const { sources } = await nvidia.look();
      const inForce = Object.fromEntries(sources.map((one) => [one.cameraId, one.settings]));
      expect(inForce).toEqual({
        [door.localName]: tells ? { "/api/v1/dec/drop-frame-interval": 5 } : {},
        [yard.localName]: {},
      });
      const stats = cloud.command("stream.stats", { stream: door.id });
      await cloud.send(stats);
      expect(await cloud.ending(stats.id)).toMatchObject({
        state: "succeeded",
        result: { state: "unknown", fps: release === "9.1" ? 25.04 : 0, kbps: 0 },
      });
      await remove(door, yard);
    });

    it.sequential("gets what holds for all, and refuses to be stopped", async () => {
      const door = addressed("door");
      await cloud.place(door);
      await cloud.streamReport(door, answered(1));
      const settings = { "mux.batchedPushTimeoutUs": 40_000, "encoder.bitrate": 4_000_000 };
      await wish(1, { settings });
      const report = await cloud.deviceReport(
        (now) =>
          now.wish.revision === 1 && now.wish.settings["mux.batchedPushTimeoutUs"] === 40_000,
      );
      expect(report.wish).toMatchObject({
        error: { code: "none" },
        settings: {
          "mux.batchedPushTimeoutUs": 40_000,
          "encoder.bitrate": tells ? 4_000_000 : "unsupported",
        },
      });
      expect((await nvidia.look()).shared).toEqual({
        "/api/v1/mux/batched-push-timeout": 40_000,
        ...(tells ? { "/api/v1/enc/bitrate": 4_000_000 } : {}),
      });
      await wish(2, { pipeline: "stopped" });
      expect((await wished(2)).wish.error.code).toBe("command.unsupported");
      expect(has(await nvidia.look(), door)).toBe(true);
      await wish(3, {});
      expect((await wished(3)).wish.error.code).toBe("none");
      await remove(door);
    });

    it.sequential("never calls a forced frame or a picture done", async () => {
      const door = addressed("door");
      await cloud.place(door);
      await cloud.streamReport(door, answered(1));
      const force = cloud.command("stream.force-idr", { stream: door.id });
      const uploadUrl = "http://127.0.0.1:1/picture";
      const snapshot = cloud.command("stream.snapshot", { stream: door.id, uploadUrl });
      await cloud.send(force);
      await cloud.send(snapshot);
      expect(await cloud.ending(force.id)).toMatchObject({
        state: "failed",
        code: tells ? "command.outcome-unknown" : "command.unsupported",
      });
      expect(await cloud.ending(snapshot.id)).toMatchObject({ code: "command.unsupported" });
      await remove(door);
    });

    it.sequential("gets everything again after it was started anew", async () => {
      const [door, yard] = [addressed("door"), addressed("yard")];
      const settings = { "decoder.dropFrameInterval": 7 };
      await cloud.place({ ...door, settings }, yard);
      await cloud.streamReport(door, answered(1));
      await cloud.streamReport(yard, answered(1));
      await wish(4, { settings: { "mux.maxLatencyNs": 9 } });
      await seen(({ shared }) => shared["/api/v1/mux/max-latency"] === 9, "the latency");
      await nvidia.kill();
      await cloud.deviceReport(({ pipeline }) => pipeline.state === "unavailable");
      await nvidia.start();
      const back = await seen(
        (now) =>
          has(now, door) &&
          has(now, yard) &&
          now.shared["/api/v1/mux/max-latency"] === 9 &&
          (!tells ||
            now.sources.some((one) => one.settings["/api/v1/dec/drop-frame-interval"] === 7)),
        "everything again",
      );
      expect(back.sources).toHaveLength(2);
      await cloud.deviceReport(({ pipeline }) => pipeline.restarts === 1);
      await remove(door, yard);
    });

    it.sequential("is asked again for a camera that it has dropped, and the others stay", async () => {
      const [door, broken] = [addressed("door"), addressed("dies")];
      await cloud.place(door, broken);
      const adds = ({ asked }: Seen, { localName }: StreamDesired): number =>
        asked.filter(({ path, body }) => path.endsWith("/stream/add") && body.includes(localName))
          .length;
      // 9.1 is asked for its list so seldom that an attempt a list is slow enough.
      if (release !== "9.1") {
        const dropped = await cloud.streamReport(broken, ({ error }) => error.code !== "none");
        expect(dropped).toMatchObject({
          state: "refused",
          error: { code: "native.refused" },
          applied: { url: "", settings: {} },
        });
      }
      const tried = await seen((now) => adds(now, broken) >= 3, "three attempts");
      expect(adds(tried, door)).toBe(1);
      expect(has(await nvidia.look(), door)).toBe(true);
      await nvidia.vanish(door.localName);
      await seen((now) => has(now, door) && adds(now, door) === 2, "the stream again");
      await remove(door, broken);
    });

    it.sequential("keeps its streams while the agent is away, and loses those that left meanwhile", async () => {
      const [door, yard] = [addressed("door"), addressed("yard")];
      await cloud.place(door, yard);
      await cloud.streamReport(door, answered(1));
      await cloud.streamReport(yard, answered(1));
      await agent.kill();
      const before = (await nvidia.look()).asked.length;
      await cloud.remove(yard);
      await run();
      const after = await seen((now) => !has(now, yard), "the removal");
      expect(has(after, door)).toBe(true);
      const posts = after.asked.slice(before).filter(({ method }) => method === "POST");
      expect(posts.map(({ path }) => path)).toEqual(["/api/v1/stream/remove"]);
      expect(await cloud.reported<StreamReport>(streamShadow(door.id))).toMatchObject({
        revision: 1,
      });
      const source = { ...door.source, url: url("door/2") };
      await cloud.place({ ...door, revision: 2, source });
      await seen(({ sources }) => sources[0]?.url === url("door/2"), "the other source");
      expect((await cloud.streamReport(door, answered(2))).applied.url).toBe(url("door/2"));
      await remove(door);
    });

    it.sequential("shows a stream of somebody else, which only its exact URL removes", async () => {
      const name = `theirs-${randomBytes(3).toString("hex")}`;
      const value = { camera_id: name, camera_url: url("theirs"), change: "camera_add" };
      await fetch(`${nvidia.url}/api/v1/stream/add`, {
        method: "POST",
        body: JSON.stringify({ value }),
      });
      await cloud.deviceReport(({ unmanaged }) =>
        unmanaged.some(({ localName, url: shown }) => localName === name && shown === ""),
      );
      const command = cloud.command("device.remove-unmanaged", { localName: name });
      await cloud.send(command);
      expect(await cloud.ending(command.id)).toMatchObject({ code: "command.unsupported" });
      const taken = desired({ localName: name });
      await cloud.place(taken);
      await cloud.streamReport(taken, ({ error }) => error.code === "stream.local-name-conflict");
      await nvidia.vanish(name);
      await cloud.streamReport(taken, answered(1));
      await remove(taken);
    });

    it.sequential("was never ended by a request, and never asked for anything that it refused as malformed", async () => {
      expect(nvidia.aborts).toEqual([]);
      const { asked } = await nvidia.look();
      expect(asked.filter(({ status }) => status === "400")).toEqual([]);
      expect(asked.filter(({ isChunked, accept }) => isChunked || accept.includes("text"))).toEqual(
        [],
      );
    });
  },
);
