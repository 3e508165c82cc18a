/** What a device should be besides its streams, and what was changed on a box behind our back, over `/v1`. */
import { deviceShadow } from "@sightline/contracts/shadow";
import { noError } from "@sightline/contracts/stream-report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const timeout = "mux.batchedPushTimeoutUs";
const interval = "decoder.dropFrameInterval";

const patchDevice = (box: Box, body: object, headers = {}) =>
  cloud.call(`/v1/devices/${box.device}`, {
    method: "PATCH",
    body,
    headers: { "content-type": "application/merge-patch+json", ...headers },
  });
const shadowOf = async (box: Box) =>
  (await cloud.call(`/v1/devices/${box.device}/shadows/${deviceShadow}`)).body.state.desired;
const deltaOf = async (box: Box) =>
  (await cloud.call(`/v1/devices/${box.device}/shadow`)).body.delta;
const driftOf = async (box: Box) => (await cloud.call(`/v1/devices/${box.device}/drift`)).body;
const addStream = async (box: Box, some: object = {}) => {
  const body = { name: freshName("s"), device: box.device, source: { url: "rtsp://camera/1" } };
  return (await cloud.call("/v1/streams", { body: { ...body, ...some } })).body;
};
const until = (what: string, look: () => Promise<unknown>) =>
  waitFor(what, look, { timeoutMs: 5_000, pollMs: 20 });

describe("what a device should be", () => {
  test("is told to the box with a revision of its own, beside its streams", async () => {
    const box = await cloud.addBox();
    const stream = await addStream(box);
    const patched = await patchDevice(box, { settings: { [timeout]: 33_000 } });
    expect(patched).toMatchObject({
      status: 200,
      body: {
        pipeline: "running",
        settings: { [timeout]: 33_000 },
        wish: { revision: 1, desiredBy: "token-*" },
      },
    });
    expect(await shadowOf(box)).toEqual({
      v: 1,
      manifest: { [stream.id]: 1 },
      wish: {
        revision: 1,
        requestId: patched.headers.get("x-request-id"),
        pipeline: "running",
        settings: { [timeout]: 33_000 },
      },
    });
    await patchDevice(box, { pipeline: "stopped", settings: { [timeout]: null } });
    // A sync of streams alone keeps it.
    await addStream(box);
    const wish = { revision: 2, pipeline: "stopped", settings: {} };
    expect((await shadowOf(box)).wish).toMatchObject(wish);
  });

  test("keeps its revision when only title and labels change", async () => {
    const box = await cloud.addBox();
    await patchDevice(box, { settings: { [timeout]: 33_000 } });
    const { body } = await patchDevice(box, { title: "At the door" });
    expect(body).toMatchObject({ title: "At the door", revision: 3, wish: { revision: 1 } });
    const again = await patchDevice(box, { settings: { [timeout]: 33_000 } });
    expect(again.body).toMatchObject({ revision: 3, wish: { revision: 1 } });
  });

  test("is waited for until the box has answered, and differs until it is in force", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const waiting = patchDevice(box, { settings: { [timeout]: 33_000 } }, { prefer: "wait=5" });
    await until("the box is told", async () => (await shadowOf(box))?.wish);
    expect(await deltaOf(box)).toEqual({
      device: {
        revision: { desired: 1, reported: 0 },
        settings: { [timeout]: { desired: 33_000, applied: "unknown" } },
      },
    });
    const settings = { [timeout]: 33_000 };
    await box.reportOwn({ wish: { revision: 1, error: noError, settings } });
    expect(await waiting).toMatchObject({
      status: 200,
      body: { reported: { wish: { revision: 1, settings } } },
    });
    expect(await deltaOf(box)).toEqual({});
  });

  test("is accepted for a box that is not there, and said to be pending", async () => {
    const box = await cloud.addBox();
    const { status } = await patchDevice(box, { pipeline: "stopped" }, { prefer: "wait=5" });
    expect(status).toBe(202);
  });

  test.each([
    ["of a stream alone", { settings: { "detector.rois": [] } }],
    ["out of range", { settings: { [timeout]: -2 } }],
    ["that is not known", { settings: { "mux.color": 1 } }],
    ["of a pipeline that is neither running nor stopped", { pipeline: "paused" }],
  ])("a setting %s is refused", async (_, body) => {
    expectProblem(await patchDevice(await cloud.addBox(), body), "input.invalid");
  });
});

describe("a stream that somebody put in on the box", () => {
  const found = { localName: "stranger", url: "rtspt://camera/9", hasCredentials: false };

  const withStranger = async (some: Partial<typeof found> = {}) => {
    const box = await (await cloud.addBox()).comeOnline();
    const localName = freshName("stranger");
    await box.reportOwn({ unmanaged: [{ ...found, localName, ...some }] });
    await until("it is reported", async () => (await driftOf(box)).streams.length > 0);
    return { box, localName };
  };
  const adopt = (box: Box, body: object) =>
    cloud.call(`/v1/devices/${box.device}/drift/adopt`, { body });

  test("is drift, and wanted once it is adopted", async () => {
    const { box, localName } = await withStranger();
    expect(await driftOf(box)).toEqual({
      streams: [{ ...found, localName }],
      settings: [],
      deviceSettings: [],
    });
    expect(await deltaOf(box)).toEqual({ unmanaged: [localName] });
    const adopted = await adopt(box, { localName, title: "A stranger" });
    expect(adopted).toMatchObject({
      status: 201,
      body: {
        name: localName,
        localName,
        title: "A stranger",
        source: { url: "rtsp://camera/9", transport: "tcp" },
        device: box.device,
      },
    });
    expect((await shadowOf(box)).manifest).toEqual({ [adopted.body.id]: 1 });
  });

  test("with credentials is adopted with them only: they did not leave the box", async () => {
    const { box, localName } = await withStranger({ hasCredentials: true });
    expectProblem(await adopt(box, { localName }), "drift.not-adoptable");
    const source = { username: "admin", password: "planted-1" };
    const { status, body } = await adopt(box, { localName, source });
    expect([status, body.source.username, body.source.password]).toEqual([
      201,
      "admin",
      "********",
    ]);
  });

  test("of which the box cannot tell the URL is adopted when it is given", async () => {
    const { box, localName } = await withStranger({ url: "" });
    expectProblem(await adopt(box, { localName }), "drift.not-adoptable");
    const { body } = await adopt(box, { localName, source: { url: "rtsp://camera/7" } });
    expect(body.source.url).toBe("rtsp://camera/7");
  });

  test("is taken out by the box when it is reverted", async () => {
    const { box, localName } = await withStranger();
    const route = `/v1/devices/${box.device}/drift/revert`;
    const given = await cloud.call(route, { body: { localName } });
    expect(given).toMatchObject({ status: 201, body: { kind: "device.remove-unmanaged" } });
    expect(await box.nextCommand()).toMatchObject({ id: given.body.id, args: { localName } });
  });

  test("is not found when the box does not report it", async () => {
    const { box } = await withStranger();
    for (const verb of ["adopt", "revert"]) {
      const route = `/v1/devices/${box.device}/drift/${verb}`;
      expectProblem(await cloud.call(route, { body: { localName: "nobody" } }), "drift.not-found");
    }
  });
});

describe("a setting that somebody changed on the box", () => {
  const withDrift = async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const stream = await addStream(box, { settings: { [interval]: 2 } });
    await box.report(stream.id, 1, {
      applied: { url: "rtsp://camera/1", settings: { [interval]: 7 } },
      drift: { [interval]: 2 },
    });
    await until("it is reported", async () => (await driftOf(box)).settings.length > 0);
    return { box, stream };
  };
  const call = (box: Box, verb: string, stream: string) =>
    cloud.call(`/v1/devices/${box.device}/drift/${verb}`, { body: { stream } });

  test("is drift, and wanted once it is adopted", async () => {
    const { box, stream } = await withDrift();
    const { id, name } = stream;
    expect(await driftOf(box)).toEqual({
      streams: [],
      settings: [{ stream: id, name, key: interval, desired: 2, applied: 7 }],
      deviceSettings: [],
    });
    expect(await deltaOf(box)).toEqual({
      [id]: { settings: { [interval]: { desired: 2, applied: 7 } } },
    });
    const adopted = await call(box, "adopt", name);
    expect(adopted).toMatchObject({
      status: 200,
      body: { revision: 2, settings: { [interval]: 7 } },
    });
  });

  test("is set back by a new revision of the same when it is reverted", async () => {
    const { box, stream } = await withDrift();
    const reverted = await call(box, "revert", stream.id);
    expect(reverted).toMatchObject({
      status: 200,
      body: { revision: 2, settings: { [interval]: 2 } },
    });
    expect((await driftOf(box)).settings).toEqual([]);
    expectProblem(await call(box, "revert", stream.id), "drift.not-found");
  });

  test("of which the box does not tell what it is now is not adopted", async () => {
    const box = await (await cloud.addBox()).comeOnline();
    const path = "tracker.configPath";
    const stream = await addStream(box, { settings: { [path]: "own.yml" } });
    const applied = { url: "rtsp://camera/1", settings: {} };
    await box.report(stream.id, 1, { applied, drift: { [path]: "own.yml" } });
    await until("it is reported", async () => (await driftOf(box)).settings.length > 0);
    expectProblem(await call(box, "adopt", stream.id), "drift.not-adoptable");
  });

  test("is not reached through another device", async () => {
    const { stream } = await withDrift();
    expectProblem(await call(await cloud.addBox(), "adopt", stream.id), "stream.not-placed");
  });
});

describe("a setting of the device that somebody changed on the box", () => {
  const wanted = { [timeout]: 33_000 };
  const answered = (revision: number, settings: Record<string, number>, error = noError) => ({
    wish: { revision, error, settings },
  });

  const withWish = async () => {
    const box = await (await cloud.addBox()).comeOnline();
    await patchDevice(box, { settings: wanted });
    return box;
  };
  const withDrift = async () => {
    const box = await withWish();
    await box.reportOwn(answered(1, { [timeout]: 9 }));
    await until("it is reported", async () => (await driftOf(box)).deviceSettings.length > 0);
    return box;
  };
  const call = (box: Box, verb: string, options: object = {}) =>
    cloud.call(`/v1/devices/${box.device}/drift/${verb}`, { body: { device: true }, ...options });
  const wishOf = async (box: Box) => (await shadowOf(box)).wish;

  test("is drift, and wanted once it is adopted", async () => {
    const box = await withDrift();
    expect(await driftOf(box)).toEqual({
      streams: [],
      settings: [],
      deviceSettings: [{ key: timeout, desired: 33_000, applied: 9 }],
    });
    expect(await call(box, "adopt")).toMatchObject({
      status: 200,
      body: { id: box.device, settings: { [timeout]: 9 }, wish: { revision: 2 } },
    });
    expect(await wishOf(box)).toMatchObject({ revision: 2, settings: { [timeout]: 9 } });
    expectProblem(await call(box, "adopt"), "drift.not-found");
  });

  test("is set back by a new revision of the same when it is reverted", async () => {
    const box = await withDrift();
    const reverted = await call(box, "revert");
    expect(reverted).toMatchObject({
      status: 200,
      body: { settings: wanted, wish: { revision: 2 } },
    });
    expect(await wishOf(box)).toEqual({
      revision: 2,
      requestId: reverted.headers.get("x-request-id"),
      pipeline: "running",
      settings: wanted,
    });
    expect((await driftOf(box)).deviceSettings).toEqual([]);
    expectProblem(await call(box, "revert"), "drift.not-found");
  });

  test.each(["adopt", "revert"])("is waited for until the box has answered: %s", async (verb) => {
    const box = await withDrift();
    const waiting = call(box, verb, { headers: { prefer: "wait=5" } });
    await until("the box is told", async () => (await wishOf(box)).revision === 2);
    const { settings } = await wishOf(box);
    await box.reportOwn(answered(2, settings));
    const { status, headers, body } = await waiting;
    expect([status, headers.get("preference-applied")]).toEqual([200, "wait=5"]);
    expect(body.reported.wish).toMatchObject({ revision: 2, settings });
    expect(await deltaOf(box)).toEqual({});
  });

  test("differs on, and is no drift any more, when the box refuses to set it back", async () => {
    const box = await withDrift();
    const waiting = call(box, "revert", { headers: { prefer: "wait=5" } });
    await until("the box is told", async () => (await wishOf(box)).revision === 2);
    const error = { code: "native.refused", text: "not now" };
    await box.reportOwn(answered(2, { [timeout]: 9 }, error));
    expect(await waiting).toMatchObject({
      status: 200,
      body: { settings: wanted, reported: { wish: { revision: 2, error } } },
    });
    expect(await deltaOf(box)).toEqual({
      device: { settings: { [timeout]: { desired: 33_000, applied: 9 } } },
    });
    expect((await driftOf(box)).deviceSettings).toEqual([]);
  });

  test("of which the box does not tell what it is now is neither adopted nor reverted", async () => {
    const box = await withWish();
    await box.reportOwn(answered(1, {}));
    await until("it is reported", async () => !(await deltaOf(box)).device.revision);
    expect(await deltaOf(box)).toEqual({
      device: { settings: { [timeout]: { desired: 33_000, applied: "unknown" } } },
    });
    for (const verb of ["adopt", "revert"]) expectProblem(await call(box, verb), "drift.not-found");
    expect(await wishOf(box)).toMatchObject({ revision: 1, settings: wanted });
  });

  test("is not adopted when it is what nobody could have set here", async () => {
    const box = await withWish();
    await box.reportOwn(answered(1, { [timeout]: -7 }));
    await until("it is reported", async () => (await driftOf(box)).deviceSettings.length > 0);
    expectProblem(await call(box, "adopt"), "drift.not-adoptable");
    expect((await call(box, "revert")).status).toBe(200);
  });

  test("is left to whoever may change the device, as well as its streams", async () => {
    const box = await withDrift();
    for (const scope of ["streams:write", "devices:write"]) {
      const { token } = (await cloud.call("/v1/tokens", { body: { name: "t", scopes: [scope] } }))
        .body;
      for (const verb of ["adopt", "revert"])
        expectProblem(await call(box, verb, { token }), "auth.forbidden");
    }
    expect(await wishOf(box)).toMatchObject({ revision: 1, settings: wanted });
  });

  test("is asked for by device alone", async () => {
    const box = await withDrift();
    for (const body of [{ device: false }, { device: box.device }, { device: true, stream: "x" }])
      for (const verb of ["adopt", "revert"])
        expectProblem(await call(box, verb, { body }), "input.invalid");
  });
});
