import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seal } from "@sightline/contracts/sealed";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { Box, startCameras, type Cameras } from "./box.ts";
import type { Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { Host } from "./host.ts";
import { waitFor } from "./wait-for.ts";

const login = { user: "admin", password: "p@ss:w/rd" };

describe("streams that somebody has put in on the box", () => {
  let cloud: TestCloud;
  let box: Box;
  let open: Cameras;
  let closed: Cameras;
  let agent: Child;
  let host: Host;

  beforeAll(async () => {
    cloud = await TestCloud.start();
    box = await Box.make();
    [open, closed] = await Promise.all([startCameras(2), startCameras(1, login)]);
    await box.enrolAt(cloud);
    const started = await box.runUntilReady([
      ...["--allow-source", open.address],
      ...["--allow-source", closed.address],
    ]);
    ({ agent } = started);
    host = new Host(box, started.ready.pipelineUrl);
  });
  afterAll(async () => {
    await box.close();
    await open.child.kill();
    await closed.child.kill();
    await cloud.close();
  });

  const placed = (localName: string, change: Partial<StreamDesired> = {}): StreamDesired =>
    streamDesired({
      localName,
      source: { url: open.url(1), transport: "auto", credentials: "" },
      ...change,
    });
  const isRunning = ({ state }: StreamReport): boolean => state === "running";
  const showsNone = () => cloud.deviceReport(({ unmanaged }) => unmanaged.length === 0);
  const framesOf = async (localName: string, above: number): Promise<number> =>
    waitFor(async () => {
      const frames = (await host.stream(localName))?.frames ?? 0;
      return frames > above && frames;
    }, `more than ${above} frames of ${localName}`);
  const withCredentials = (): string =>
    closed.url(1).replace("://", `://${login.user}:${encodeURIComponent(login.password)}@`);

  it("are shown with their URL, and taken out by a command", async () => {
    await host.add("stranger", open.url(2));
    const report = await cloud.deviceReport(({ unmanaged }) => unmanaged.length > 0);
    expect(report.unmanaged).toEqual([
      { localName: "stranger", url: open.url(2), hasCredentials: false },
    ]);
    const command = cloud.command("device.remove-unmanaged", { localName: "stranger" });
    await cloud.send(command);
    expect(await cloud.ending(command.id)).toMatchObject({ state: "succeeded" });
    expect(await host.stream("stranger")).toBeUndefined();
    await showsNone();
    const again = cloud.command("device.remove-unmanaged", { localName: "stranger" });
    await cloud.send(again);
    expect(await cloud.ending(again.id)).toMatchObject({ state: "succeeded" });
  });

  it("are not those of the device: the command refuses them", async () => {
    const stream = placed("own");
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    const command = cloud.command("device.remove-unmanaged", { localName: "own" });
    await cloud.send(command);
    expect(await cloud.ending(command.id)).toMatchObject({
      state: "failed",
      code: "input.invalid",
    });
    expect(await host.stream("own")).toBeDefined();
    await cloud.remove(stream);
    await waitFor(async () => !(await host.stream("own")), "the end of the stream");
  });

  it("go on when the cloud places the same, which then has its settings", async () => {
    await host.add("gate", open.url(1));
    const before = await framesOf("gate", 10);
    const stream = placed("gate", { settings: { "decoder.dropFrameInterval": 2 } });
    await cloud.place(stream);
    const report = await cloud.streamReport(
      stream,
      ({ revision, state }) => revision === 1 && state === "running",
    );
    expect(report.applied).toMatchObject({
      url: open.url(1),
      settings: { "decoder.dropFrameInterval": 2 },
    });
    const after = await framesOf("gate", before + 5);
    expect(after).toBeGreaterThan(before);
    expect((await host.stream("gate"))?.restarts).toBe(0);
    expect(agent.errors.filter((line) => line.includes(`add ${stream.id}`))).toEqual([]);
    await showsNone();
    await cloud.remove(stream);
    await waitFor(async () => !(await host.stream("gate")), "the end of the stream");
  });

  it("go on when the transport is written otherwise", async () => {
    await host.add("yard", open.url(1));
    const before = await framesOf("yard", 5);
    const source = { url: open.url(1), transport: "tcp", credentials: "" } as const;
    const stream = placed("yard", { source });
    await cloud.place(stream);
    await cloud.streamReport(stream, isRunning);
    await framesOf("yard", before);
    expect(agent.errors.filter((line) => line.includes(`add ${stream.id}`))).toEqual([]);
    await cloud.remove(stream);
    await waitFor(async () => !(await host.stream("yard")), "the end of the stream");
  });

  it("give way to the same camera when it comes with credentials, which nobody tells", async () => {
    await host.add("vault", withCredentials());
    await framesOf("vault", 0);
    const report = await cloud.deviceReport(({ unmanaged: [one] }) => one?.localName === "vault");
    expect(report.unmanaged).toEqual([
      { localName: "vault", url: closed.url(1), hasCredentials: true },
    ]);
    const stream = placed("vault", {
      source: { url: closed.url(1), transport: "auto", credentials: "" },
    });
    await cloud.place(stream);
    const refused = await cloud.streamReport(stream, ({ revision }) => revision === 1);
    expect(refused.error.code).toBe("stream.local-name-conflict");

    const text = JSON.stringify({ username: login.user, password: login.password });
    const credentials = await seal(cloud.sealingKey, text, stream.id);
    await cloud.place({ ...stream, revision: 2, source: { ...stream.source, credentials } });
    await cloud.streamReport(stream, (told) => told.revision === 2 && isRunning(told));
    await showsNone();
    const said = JSON.stringify(cloud.reports) + agent.errors.join();
    expect(said).not.toContain(login.password);
    expect(said).not.toContain(encodeURIComponent(login.password));
    await cloud.remove(stream);
  });
});
