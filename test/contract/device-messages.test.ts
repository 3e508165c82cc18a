/** What devices say, taken in: as it comes over MQTT, and as it comes late, twice, out of order, or from somebody else. */
import { limits } from "@sightline/contracts/limits";
import { noError } from "@sightline/contracts/stream-report";
import { shadowTopics, topics } from "@sightline/contracts/topics";
import { takeMessage, type DeviceMessage } from "@sightline/core/intake/device-message";
import { sweep } from "@sightline/core/sweep/sweep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName, installation } from "../support/names.ts";
import { waitFor } from "../support/wait-for.ts";
import { deviceReport, healthReport } from "../support/device-report.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const addStream = async (box: Box): Promise<string> => {
  const body = { name: freshName("s"), device: box.device, source: { url: "rtsp://camera/1" } };
  return String((await cloud.call("/v1/streams", { body })).body.id);
};
const deviceOf = async (box: Box) => (await cloud.call(`/v1/devices/${box.device}`)).body;
const streamOf = async (id: string) => (await cloud.call(`/v1/streams/${id}`)).body;
const storedOf = async (box: Box) => cloud.deps.store.devices.get(cloud.organization, box.device);
const take = (message: DeviceMessage) => takeMessage(cloud.deps, message);

/** As the rules hand them on. */
const messages = {
  presence: (box: Box, kind: "connected" | "disconnected", some: object) => ({
    topic: `$aws/events/presence/${kind}/${box.thing}`,
    clientId: box.thing,
    eventType: kind,
    ...some,
  }),
  report: (
    box: Box,
    stream: string,
    some: { version: number; revision: number; state?: string },
  ) => ({
    topic: `${shadowTopics.stem(box.thing, `stream-${stream}`)}/update/accepted`,
    version: some.version,
    state: {
      reported: {
        v: 1,
        revision: some.revision,
        state: some.state ?? "running",
        sinceAtMs: 1,
        error: noError,
        applied: { url: "", settings: { "decoder.dropFrameInterval": 0 } },
        output: { rtspUrl: "" },
        video: { width: 1, height: 1 },
        atMs: 1,
      },
    },
  }),
  health: (box: Box, some: object = {}) => ({
    topic: topics.build({ family: "health", ...installation, thing: box.thing, leaf: "report" }),
    ...healthReport(),
    ...some,
  }),
};

describe("presence", () => {
  test("follows the connection of a box, and is offline half a minute after it has gone", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    await box.disconnect();
    const due = await waitFor(
      "the disconnect",
      async () => (await storedOf(box))?.presence.offlineDueAtMs,
      {
        timeoutMs: 5_000,
        pollMs: 20,
      },
    );
    expect((await deviceOf(box)).online).toBe(true);
    cloud.deps.clock.advance(due - cloud.deps.clock.nowMs());
    // Before the sweep has said so, and after.
    expect((await deviceOf(box)).online).toBe(false);
    expect((await sweep(cloud.deps)).failures).toEqual([]);
    expect((await storedOf(box))?.presence).toMatchObject({ online: false });
    expect((await storedOf(box))?.presence).not.toHaveProperty("offlineDueAtMs");
  });

  test("of another thing, or of a client that is not the thing, is nobody's", async () => {
    const [box, other] = [await cloud.addBox(), await cloud.addBox()];
    const event = messages.presence(box, "connected", {
      versionNumber: 1,
      receivedAtMs: cloud.deps.clock.nowMs() + 1,
    });
    expect(await take({ ...event, clientId: other.thing })).toMatchObject({ kind: "ignored" });
    expect(await take({ ...event, eventType: "subscribed" })).toMatchObject({ kind: "ignored" });
    expect(await take({ ...event, versionNumber: "many" })).toMatchObject({ kind: "ignored" });
    expect((await deviceOf(box)).online).toBe(false);
    expect(await take(event)).toEqual({ kind: "taken" });
    expect((await deviceOf(box)).online).toBe(true);
  });

  test("is right after events that come at once", async () => {
    const box = await cloud.addBox();
    const atMs = cloud.deps.clock.nowMs() + 1;
    const events = [
      messages.presence(box, "connected", { versionNumber: 1, receivedAtMs: atMs }),
      messages.presence(box, "disconnected", { versionNumber: 1, receivedAtMs: atMs + 1 }),
      messages.presence(box, "connected", { versionNumber: 2, receivedAtMs: atMs + 2 }),
      messages.health(box, { receivedAtMs: atMs + 3 }),
    ];
    await Promise.all([...events, ...events].map(take));
    expect((await storedOf(box))?.presence).toMatchObject({ online: true, version: 2 });
    expect((await storedOf(box))?.presence).not.toHaveProperty("offlineDueAtMs");
  });
});

describe("reports of a stream", () => {
  test("are shown with their age; an older version of the shadow changes nothing", async () => {
    const box = await cloud.addBox();
    const id = await addStream(box);
    for (const [version, state, shown] of [
      [5, "running", "running"],
      [4, "stalled", "running"],
      [5, "stalled", "running"],
      [6, "ended", "ended"],
    ] as const) {
      expect(await take(messages.report(box, id, { version, revision: 1, state }))).toEqual({
        kind: "taken",
      });
      expect((await streamOf(id)).state).toBe(shown);
    }
    expect((await streamOf(id)).reported.ageMs).toBeGreaterThanOrEqual(0);
  });

  test("count for streams of the device that says so, and no others", async () => {
    const [box, stranger] = [await cloud.addBox(), await cloud.addBox()];
    const id = await addStream(box);
    const said = messages.report(stranger, id, { version: 99, revision: 1 });
    expect(await take(said)).toMatchObject({ kind: "ignored" });
    expect((await streamOf(id)).state).toBe("pending");
  });

  test("of a device that it has left are not shown, and do not hold up those of the new one", async () => {
    const [first, second] = [await cloud.addBox(), await cloud.addBox()];
    const id = await addStream(first);
    await take(messages.report(first, id, { version: 50, revision: 1 }));
    await cloud.call(`/v1/streams/${id}`, { method: "PATCH", body: { device: second.device } });
    expect(await streamOf(id)).toMatchObject({ state: "pending", reported: null });
    expect(await take(messages.report(first, id, { version: 51, revision: 1 }))).toMatchObject({
      kind: "ignored",
    });
    await take(messages.report(second, id, { version: 1, revision: 2 }));
    expect((await streamOf(id)).state).toBe("running");
  });
});

test("a health report that is older does not replace a newer one, and proves the device online", async () => {
  const box = await cloud.addBox();
  const nowMs = cloud.deps.clock.nowMs() + 1;
  await take(messages.health(box, { cpuPercent: 50, receivedAtMs: nowMs }));
  await take(messages.health(box, { cpuPercent: 10, receivedAtMs: nowMs - 60_000 }));
  expect(await deviceOf(box)).toMatchObject({ online: true, health: { cpuPercent: 50 } });
});

describe("a message is ignored, and said so in the log,", () => {
  test.each<[string, (box: Box) => DeviceMessage]>([
    [
      "of a device that is not there",
      () => ({ topic: `ack/sightline/test/sightline-test-dev_${"0".repeat(26)}/cmd_x` }),
    ],
    [
      "of another stage",
      (box) => ({ topic: `ack/sightline/prod/sightline-prod-${box.device}/cmd_x` }),
    ],
    ["that goes down", (box) => ({ topic: `cmd/sightline/test/${box.thing}/cmd_x` })],
    [
      "of a kind that is not known",
      (box) => ({ topic: `evt/sightline/test/${box.thing}/goodbye` }),
    ],
    [
      "that is no acknowledgement",
      (box) => ({ topic: `ack/sightline/test/${box.thing}/cmd_x`, state: "done" }),
    ],
    ["that is no hello", (box) => ({ topic: `evt/sightline/test/${box.thing}/hello`, v: 2 })],
    ["that is no health report", (box) => ({ ...messages.health(box), cpuPercent: "much" })],
    [
      "that is no report",
      (box) => ({
        topic: `${shadowTopics.stem(box.thing, "device")}/update/accepted`,
        version: 1,
        state: { reported: { x: 1 } },
      }),
    ],
    [
      "without a version",
      (box) => ({ topic: `${shadowTopics.stem(box.thing, "device")}/update/accepted`, state: {} }),
    ],
    [
      "of a shadow that is not ours",
      (box) => ({
        topic: `${shadowTopics.stem(box.thing, "other")}/update/accepted`,
        version: 1,
        state: { reported: {} },
      }),
    ],
  ])("%s", async (_, message) => {
    expect(await take(message(await cloud.addBox()))).toEqual({
      kind: "ignored",
      why: expect.stringMatching(/./) as string,
    });
  });

  test("over MQTT", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    await box.publish("evt", "goodbye", { v: 1 });
    await waitFor(
      "the line",
      () => cloud.logged.find((line) => line.includes(`${box.thing}/goodbye`)),
      { timeoutMs: 5_000 },
    );
  });
});

describe("the mark of a device that is to be checked", () => {
  const report = (box: Box, version: number, manifest: Readonly<Record<string, number>>) => ({
    topic: `${shadowTopics.stem(box.thing, "device")}/update/accepted`,
    version,
    state: { reported: deviceReport(manifest) },
  });
  const markOf = (box: Box) => cloud.deps.store.devices.getSyncDue(cloud.organization, box.device);

  test("goes when it has caught up", async () => {
    const box = await cloud.addBox();
    const id = await addStream(box);
    expect(await markOf(box)).toBeGreaterThan(0);
    await take(messages.report(box, id, { version: 1, revision: 1 }));
    await take(report(box, 1, { [id]: 1 }));
    expect(await markOf(box)).toBeUndefined();
  });

  /** Streams that the box has reported, and one that comes while its report is taken in: before or after the mark goes. */
  test.each(["before", "after"])("stays for a write that comes %s it goes", async (when) => {
    const box = await cloud.addBox();
    const id = await addStream(box);
    await take(messages.report(box, id, { version: 1, revision: 1 }));
    const { store } = cloud.deps;
    const clearSyncDue: typeof store.devices.clearSyncDue = async (...mark) => {
      if (when === "before") await addStream(box);
      await store.devices.clearSyncDue(...mark);
      if (when === "after") await addStream(box);
    };
    const deps = {
      ...cloud.deps,
      store: { ...store, devices: { ...store.devices, clearSyncDue } },
    };
    await takeMessage(deps, report(box, 1, { [id]: 1 }));
    expect(await markOf(box)).toBeGreaterThan(0);
  });

  test("stays for a write that comes while the sweep finds the device in sync", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const id = await addStream(box);
    await box.report(id, 1);
    cloud.deps.clock.advance(limits.syncCheckAfterMs + 1);
    const { store } = cloud.deps;
    const clearSyncDue: typeof store.devices.clearSyncDue = async (...mark) => {
      if (mark[1] === box.device) await addStream(box);
      await store.devices.clearSyncDue(...mark);
    };
    await waitFor("the report", async () => (await streamOf(id)).state === "running", {
      timeoutMs: 5_000,
    });
    const deps = {
      ...cloud.deps,
      store: { ...store, devices: { ...store.devices, clearSyncDue } },
    };
    expect((await sweep(deps)).failures).toEqual([]);
    expect(await markOf(box)).toBeGreaterThan(cloud.deps.clock.nowMs());
  });
});

describe("a device that did not catch up", () => {
  test("is synced again by the sweep while it is online, until it has", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const id = await addStream(box);
    // Somebody took its shadow away.
    await cloud.deps.gateway.deleteShadow(box.thing, `stream-${id}`);
    cloud.deps.clock.advance(limits.syncCheckAfterMs + 1);
    expect((await sweep(cloud.deps)).failures).toEqual([]);
    expect(await cloud.deps.gateway.getShadow(box.thing, `stream-${id}`)).toBeDefined();
    await box.report(id, 1);
    await box.reportManifest({ [id]: 1 });
    await waitFor(
      "the mark is gone",
      async () => {
        cloud.deps.clock.advance(limits.syncCheckAfterMs + 1);
        const due = await cloud.deps.store.due.list(cloud.deps.clock.nowMs(), 100);
        return !due.some(({ kind, device }) => kind === "device-sync" && device === box.device);
      },
      { timeoutMs: 5_000 },
    );
  });

  test("is left alone while it is offline, and synced by its hello", async () => {
    const box = await cloud.addBox();
    const id = await addStream(box);
    await cloud.deps.gateway.deleteShadow(box.thing, `stream-${id}`);
    cloud.deps.clock.advance(limits.syncCheckAfterMs + 1);
    await sweep(cloud.deps);
    expect(await cloud.deps.gateway.getShadow(box.thing, `stream-${id}`)).toBeUndefined();
    await box.comeOnline();
    await waitFor("the shadow", () => cloud.deps.gateway.getShadow(box.thing, `stream-${id}`), {
      timeoutMs: 5_000,
    });
  });
});
