import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streamShadow } from "@sightline/contracts/shadow";
import { Box, shownSettings, startCameras, type Cameras, type Ready } from "./box.ts";
import { Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { waitFor } from "./wait-for.ts";

describe("streams", () => {
  let cloud: TestCloud;
  let box: Box;
  let cameras: Cameras;
  let agent: Child;
  let ready: Ready;

  beforeAll(async () => {
    cloud = await TestCloud.start();
    box = await Box.make();
    cameras = await startCameras(2);
    await box.enrolAt(cloud);
    ({ agent, ready } = await box.runUntilReady(["--allow-source", cameras.address]));
  });
  afterAll(async () => {
    await box.close();
    await cameras.child.kill();
    await cloud.close();
  });

  const desired = (change: Parameters<typeof streamDesired>[0] = {}) =>
    streamDesired({
      source: { url: cameras.url(1), transport: "tcp", credentials: "" },
      ...change,
    });

  it("says what it is on connect", async () => {
    expect(ready.pid).toBe(agent.pid);
    const hello = await waitFor(() => cloud.hellos[0], "a hello");
    expect(hello.facts.localIp).toBe("127.0.0.1");
    const report = await cloud.deviceReport(({ versions }) => versions.backend !== "");
    expect(report).toMatchObject({ pipeline: { state: "running", restarts: 0 }, unmanaged: [] });
    const health = await waitFor(() => cloud.health[0], "a health report");
    expect(health.memory.totalBytes).toBeGreaterThan(0);
  });

  it("adds a stream, reports it running, changes a setting without a restart, and removes it", async () => {
    const stream = desired();
    await cloud.place(stream);
    const running = await cloud.streamReport(stream, ({ state }) => state === "running");
    expect(running).toMatchObject({
      revision: 1,
      error: { code: "none" },
      applied: { url: cameras.url(1), settings: shownSettings({}) },
    });
    expect(running.output.rtspUrl).toMatch(/^rtsp:\/\/127\.0\.0\.1:/);
    await cloud.deviceReport(({ manifest }) => manifest[stream.id] === 1);

    await cloud.place({ ...stream, revision: 2, settings: { "decoder.dropFrameInterval": 5 } });
    const changed = await cloud.streamReport(stream, ({ revision }) => revision === 2);
    expect(changed.applied.settings).toEqual(shownSettings({ "decoder.dropFrameInterval": 5 }));
    expect(changed.sinceAtMs).toBe(running.sinceAtMs);

    const settings = { "decoder.dropFrameInterval": 5, "encoder.codec": "h265" } as const;
    await cloud.place({ ...stream, revision: 3, settings });
    const encoded = await cloud.streamReport(stream, ({ revision }) => revision === 3);
    expect(encoded.applied.settings).toEqual(shownSettings(settings));
    expect(encoded.sinceAtMs).toBe(running.sinceAtMs);

    await cloud.remove(stream);
    await cloud.deviceReport(({ manifest }) => !Object.hasOwn(manifest, stream.id));
    expect(await cloud.reported(streamShadow(stream.id))).toBeUndefined();
  });

  it("needs at most 1.7 times the memory of a Node that does nothing", async () => {
    const bare = new Child(process.execPath, [
      "-e",
      "console.log('{}'); setInterval(() => {}, 1e6)",
    ]);
    await bare.json(() => true);
    const ratio = (await residentKilobytes(agent.pid)) / (await residentKilobytes(bare.pid));
    await bare.kill();
    expect(ratio).toBeLessThan(1.7);
  });
});

async function residentKilobytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}
