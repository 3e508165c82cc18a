import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSealingKeyPair, seal } from "@sightline/contracts/sealed";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { Box, startCameras, type Cameras, type Ready } from "./box.ts";
import type { Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { waitFor } from "./wait-for.ts";

const login = { user: "ad min", password: "p@ss:w/rd?#%é" };

describe("sources", () => {
  let cloud: TestCloud;
  let box: Box;
  let open: Cameras;
  let closed: Cameras;
  let agent: Child;
  let ready: Ready;

  beforeAll(async () => {
    cloud = await TestCloud.start();
    box = await Box.make();
    [open, closed] = await Promise.all([startCameras(2), startCameras(1, login)]);
    await box.enrolAt(cloud);
    ({ agent, ready } = await box.runUntilReady([
      ...["--allow-source", open.address],
      ...["--allow-source", closed.address],
    ]));
  });
  afterAll(async () => {
    await box.close();
    await open.child.kill();
    await closed.child.kill();
    await cloud.close();
  });

  const stream = (url: string, change: Partial<StreamDesired> = {}): StreamDesired =>
    streamDesired({ source: { url, transport: "tcp", credentials: "" }, ...change });
  const isRunning = ({ state }: StreamReport): boolean => state === "running";

  /** A change that somebody makes on the box itself. */
  const local = async (change: string, localName: string, url: string): Promise<void> => {
    const answer = await fetch(`${ready.pipelineUrl}/api/v1/stream/${change}`, {
      method: "POST",
      body: JSON.stringify({
        key: "sensor",
        value: {
          camera_id: localName,
          camera_name: localName,
          camera_url: url,
          change: `camera_${change}`,
        },
      }),
    });
    expect(await answer.text()).toContain("_SUCCESS");
  };

  it("opens sealed credentials for a camera with digest authentication, and shows them to nobody", async () => {
    const wanted = stream(closed.url(1));
    const text = JSON.stringify({ username: login.user, password: login.password });
    const credentials = await seal(cloud.sealingKey, text, wanted.id);
    await cloud.place({ ...wanted, source: { ...wanted.source, credentials } });
    const report = await cloud.streamReport(wanted, isRunning);
    expect(report.applied.url).toBe(closed.url(1));
    const said =
      JSON.stringify(cloud.reports) +
      agent.errors.join() +
      (await readFile(join(box.folder, "journal"), "utf8"));
    for (const secret of [login.password, encodeURIComponent(login.password), "w%2Frd"])
      expect(said).not.toContain(secret);
    await cloud.remove(wanted);
  });

  it("reports wrong credentials as the camera's refusal", async () => {
    const wanted = stream(closed.url(1));
    await cloud.place(wanted);
    const report = await cloud.streamReport(wanted, ({ error }) => error.code !== "none");
    expect(report.error.code).toBe("stream.source-unauthorized");
    await cloud.remove(wanted);
  });

  it("refuses credentials that are sealed to another box, and leaves the other streams alone", async () => {
    const good = stream(open.url(1));
    const bad = stream(open.url(2));
    const { publicKey } = await makeSealingKeyPair();
    const credentials = await seal(publicKey, '{"username":"u","password":"p"}', bad.id);
    await cloud.place({ ...bad, source: { ...bad.source, credentials } }, good);
    const report = await cloud.streamReport(bad, ({ revision }) => revision === 1);
    expect(report).toMatchObject({ state: "refused", error: { code: "stream.secret-unreadable" } });
    await cloud.streamReport(good, isRunning);
    await cloud.place(bad, good);
    await cloud.place({ ...bad, revision: 2 }, good);
    await cloud.streamReport(bad, isRunning);
    await cloud.remove(bad);
    await cloud.remove(good);
  });

  it("refuses a desired state that has not the form of one, and keeps what runs", async () => {
    const wanted = stream(open.url(1));
    await cloud.place(wanted);
    await cloud.streamReport(wanted, isRunning);
    await cloud.writeShadow(streamShadow(wanted.id), { revision: 2, enabled: "perhaps" });
    await cloud.writeShadow(deviceShadow, { v: 1, manifest: { [wanted.id]: 2 } });
    const report = await cloud.streamReport(wanted, ({ revision }) => revision === 2);
    expect(report).toMatchObject({
      state: "refused",
      error: { code: "input.invalid" },
      applied: { url: open.url(1) },
    });
    await cloud.place({ ...wanted, revision: 3 });
    await cloud.streamReport(wanted, (next) => next.revision === 3 && isRunning(next));
    await cloud.remove(wanted);
  });

  it("runs a stream with the settings that it knows, and reports a newer cloud's as unsupported", async () => {
    const newer: StreamDesired["settings"] = {
      "decoder.dropFrameInterval": 2,
      "osd.sparkle": true,
    };
    const wanted = stream(open.url(1), { settings: newer });
    await cloud.place(wanted);
    const report = await cloud.streamReport(wanted, isRunning);
    expect(report).toMatchObject({
      revision: 1,
      error: { code: "none" },
      applied: { settings: { "decoder.dropFrameInterval": 2, "osd.sparkle": "unsupported" } },
    });
    await cloud.remove(wanted);
  });

  it("stops a disabled stream and starts it again", async () => {
    const wanted = stream(open.url(1));
    await cloud.place(wanted);
    await cloud.streamReport(wanted, isRunning);
    await cloud.place({ ...wanted, revision: 2, enabled: false });
    const stopped = await cloud.streamReport(wanted, ({ revision }) => revision === 2);
    expect(stopped).toMatchObject({ state: "stopped", applied: { url: "", settings: {} } });
    await cloud.place({ ...wanted, revision: 3 });
    await cloud.streamReport(wanted, isRunning);
    await cloud.remove(wanted);
  });

  it("shows a stream that somebody added on the box, and refuses its name to others", async () => {
    await local("add", "stranger", open.url(2));
    const device = await cloud.deviceReport(({ unmanaged }) => unmanaged.length > 0);
    expect(device.unmanaged).toMatchObject([{ localName: "stranger", hasCredentials: false }]);
    const wanted = stream(open.url(1), { localName: "stranger" });
    await cloud.place(wanted);
    const report = await cloud.streamReport(wanted, ({ revision }) => revision === 1);
    expect(report).toMatchObject({
      state: "refused",
      error: { code: "stream.local-name-conflict" },
    });
    await local("remove", "stranger", open.url(2));
    await cloud.streamReport(wanted, isRunning, 30_000);
    await cloud.deviceReport(({ unmanaged }) => unmanaged.length === 0);
    await cloud.remove(wanted);
  }, 60_000);

  it("adds a stream again that somebody removed on the box", async () => {
    const wanted = stream(open.url(1));
    await cloud.place(wanted);
    await cloud.streamReport(wanted, isRunning);
    const rtspt = open.url(1).replace("rtsp://", "rtspt://");
    const added = (): number =>
      agent.errors.filter((line) => line.includes(`add ${wanted.id}: done`)).length;
    expect(added()).toBe(1);
    await local("remove", wanted.localName, rtspt);
    await waitFor(() => added() === 2, "the second add");
    await cloud.remove(wanted);
  });

  it("reports why the pipeline takes no such source, and runs the mended one", async () => {
    for (const [url, code, text] of [
      ["file:///media/a.mp4", "stream.source-forbidden", "no media folder"],
      ["fake://lobby?width=1", "stream.source-invalid", "an even width from 64"],
    ] as const) {
      const wanted = stream(url);
      await cloud.place(wanted);
      const report = await cloud.streamReport(wanted, ({ revision }) => revision === 1);
      expect(report).toMatchObject({ state: "refused", error: { code }, applied: { url: "" } });
      expect(report.error.text).toContain(text);
      const mended = stream(open.url(1), { id: wanted.id, localName: wanted.localName });
      await cloud.place({ ...mended, revision: 2 });
      await cloud.streamReport(mended, (next) => next.revision === 2 && isRunning(next));
      await cloud.remove(wanted);
    }
  });

  it("reports a source that the box may not connect to", async () => {
    const wanted = stream("rtsp://127.0.0.1:9/secret");
    await cloud.place(wanted);
    const report = await cloud.streamReport(wanted, ({ error }) => error.code !== "none");
    expect(report.error.code).toBe("stream.source-forbidden");
    await cloud.remove(wanted);
  });
});
