/** Commands, waiting for devices, and shadows over `/v1`, with a box that answers over MQTT. */
import { limits } from "@sightline/contracts/limits";
import { sweep } from "@sightline/core/sweep/sweep";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";
import { waitFor } from "../support/wait-for.ts";
import { healthReport } from "../support/device-report.ts";

let cloud: Cloud;
let box: Box;
let offline: Box;
beforeAll(async () => {
  cloud = await startCloud();
  [box, offline] = [await cloud.addBox(), await cloud.addBox()];
  await box.comeOnline();
});
afterAll(() => cloud.close());

const prefer = { prefer: "wait=5" };

const addStream = async (on: Box, headers = {}) => {
  const body = { name: freshName("s"), device: on.device, source: { url: "rtsp://camera/1" } };
  return cloud.call("/v1/streams", { body, headers });
};
const give = (on: Box, body: unknown, headers = {}) =>
  cloud.call(`/v1/devices/${on.name}/commands`, { body, headers });
const forceIdr = async (on: Box, some: object = {}, headers = {}) => {
  const { id } = (await addStream(on)).body;
  return give(on, { kind: "stream.force-idr", args: { stream: id }, ...some }, headers);
};
const commandRoute = (on: Box, id: string) => `/v1/devices/${on.device}/commands/${id}`;
const stateOf = async (on: Box, id: string) => (await cloud.call(commandRoute(on, id))).body;
const untilState = (on: Box, id: string, state: string) =>
  waitFor(
    `the command is ${state}`,
    async () => {
      const command = await stateOf(on, id);
      if (command.state !== state) throw new Error(JSON.stringify(command));
      return command;
    },
    { timeoutMs: 5_000, pollMs: 20 },
  );

describe("a command", () => {
  test("goes to the box that is online, which answers twice", async () => {
    const given = await forceIdr(box);
    expect(given.status).toBe(201);
    const { id, args } = given.body;
    expect(given.body).toMatchObject({
      kind: "stream.force-idr",
      state: "sent",
      issuedBy: "token-*",
      device: box.device,
    });
    expect(given.headers.get("location")).toBe(commandRoute(box, id));
    const heard = await box.nextCommand();
    expect(heard).toEqual({
      v: 1,
      id,
      kind: "stream.force-idr",
      args,
      afterRevision: 1,
      issuedAtMs: given.body.issuedAtMs,
      expiresAtMs: given.body.expiresAtMs,
      ttlMs: expect.any(Number) as number,
      requestId: given.headers.get("x-request-id"),
    });
    expect(heard.ttlMs).toBeLessThanOrEqual(limits.commandTtlMs);
    await box.ack(id, "acknowledged");
    await untilState(box, id, "acknowledged");
    await box.ack(id, "succeeded", { result: { idrFrames: 1 } });
    await untilState(box, id, "succeeded");
    expect((await stateOf(box, id)).result).toEqual({ idrFrames: 1 });
    expectProblem(
      await cloud.call(commandRoute(box, id), { method: "DELETE" }),
      "command.finished",
    );
  });

  test("whose end is waited for comes back with it", async () => {
    const answering = box
      .nextCommand()
      .then(({ id }) => box.ack(id, "rejected", { code: "stream.stalled", text: "no frames" }));
    const given = await forceIdr(box, {}, prefer);
    await answering;
    expect(given.body).toMatchObject({
      state: "rejected",
      error: { code: "stream.stalled", text: "no frames" },
    });
  });

  test("for an offline box waits there, is not waited for, and goes out with the box's hello", async () => {
    const late = await cloud.addBox();
    const given = await forceIdr(late, { ttlMs: limits.commandTtlMsMax }, prefer);
    expect(given.body.state).toBe("queued");
    await late.comeOnline();
    expect((await late.nextCommand()).id).toBe(given.body.id);
    await untilState(late, given.body.id, "sent");
  });

  test("that no box has taken can be cancelled, once", async () => {
    const { id } = (await forceIdr(offline)).body;
    const cancelled = await cloud.call(commandRoute(offline, id), { method: "DELETE" });
    expect([cancelled.status, cancelled.body.state]).toEqual([200, "cancelled"]);
    expectProblem(
      await cloud.call(commandRoute(offline, id), { method: "DELETE" }),
      "command.finished",
    );
  });

  test("is listed with the others of its device, newest first, in pages", async () => {
    const on = await cloud.addBox();
    const given = [await forceIdr(on), await forceIdr(on), await forceIdr(on)].map(
      ({ body }) => body.id as string,
    );
    const route = `/v1/devices/${on.name}/commands?limit=2`;
    const first = (await cloud.call(route)).body;
    const second = (await cloud.call(`${route}&cursor=${first.next}`)).body;
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(given.toReversed());
    const other = `/v1/devices/${box.name}/commands?cursor=${first.next}`;
    expectProblem(await cloud.call(other), "input.cursor-invalid");
  });

  test.each([
    [
      "of a kind that is not people's",
      { kind: "stream.snapshot", args: { stream: "s", uploadUrl: "https://a" } },
      "input.invalid",
    ],
    ["of a kind that is none", { kind: "stream.explode", args: {} }, "input.invalid"],
    [
      "that lives too long",
      { kind: "stream.stats", args: { stream: "s" }, ttlMs: limits.commandTtlMsMax + 1 },
      "input.invalid",
    ],
    [
      "for a stream that is not there",
      { kind: "stream.stats", args: { stream: "nowhere" } },
      "stream.not-found",
    ],
  ] as const)("%s is refused", async (_, body, code) => {
    expectProblem(await give(box, body), code);
  });

  test("for a stream of another device is refused", async () => {
    const { id } = (await addStream(offline)).body;
    expectProblem(
      await give(box, { kind: "stream.stats", args: { stream: id } }),
      "stream.not-placed",
    );
  });

  test("that is not there, or another device's, is not found", async () => {
    const { id } = (await forceIdr(offline)).body;
    for (const route of [commandRoute(offline, "cmd_x"), commandRoute(box, id)])
      for (const method of ["GET", "DELETE"])
        expectProblem(await cloud.call(route, { method }), "command.not-found");
  });

  test("that nobody takes expires by the sweep, and a late result is kept beside that", async () => {
    const on = await (await cloud.addBox()).comeOnline();
    const { id, expiresAtMs } = (await forceIdr(on, { ttlMs: 5_000 })).body;
    await on.nextCommand();
    expect((await sweep(cloud.deps)).failures).toEqual([]);
    expect((await stateOf(on, id)).state).toBe("sent");
    cloud.deps.clock.advance(expiresAtMs - cloud.deps.clock.nowMs() + 1);
    expect((await sweep(cloud.deps)).failures).toEqual([]);
    expect(await stateOf(on, id)).toMatchObject({
      state: "expired",
      error: { code: "command.expired" },
    });
    await on.ack(id, "succeeded", { result: { idrFrames: 7 } });
    await waitFor("the late result", async () => (await stateOf(on, id)).lateResult, {
      timeoutMs: 5_000,
      pollMs: 20,
    });
    expect(await stateOf(on, id)).toMatchObject({
      state: "expired",
      lateResult: { state: "succeeded", result: { idrFrames: 7 } },
    });
    // A sweep of what is done does nothing, and the box is not told again.
    expect(await sweep(cloud.deps)).toMatchObject({ failures: [] });
  });

  test("is answered by its own box alone", async () => {
    const { id } = (await forceIdr(offline)).body;
    await box.ack(id, "succeeded");
    const mine = (await forceIdr(box)).body;
    await box.nextCommand();
    await box.ack(mine.id, "succeeded", { result: { idrFrames: 1 } });
    // In the order they were sent: when the second is in, the first has been looked at.
    await untilState(box, mine.id, "succeeded");
    expect((await stateOf(offline, id)).state).toBe("queued");
  });
});

describe("Prefer: wait", () => {
  test("brings what the box did of a new stream", async () => {
    const name = freshName("s");
    const working = (async () => {
      const { id } = await waitFor(
        "the stream",
        async () => {
          const { status, body } = await cloud.call(`/v1/streams/${name}`);
          return status === 200 && (body as { id: string });
        },
        { timeoutMs: 5_000, pollMs: 20 },
      );
      await box.report(id, 1, { state: "connecting" });
      await box.report(id, 1, { state: "running" });
    })();
    const body = { name, device: box.device, source: { url: "rtsp://camera/1" } };
    const made = await cloud.call("/v1/streams", { body, headers: prefer });
    await working;
    expect(made.status).toBe(201);
    expect(made.headers.get("preference-applied")).toBe("wait=5");
    expect(made.body).toMatchObject({ state: "running", delta: {}, reported: { revision: 1 } });
  });

  test("ends with 202 when the box says nothing in time", async () => {
    const made = await addStream(box, { prefer: "wait=1" });
    expect(made.status).toBe(202);
    expect(made.body).toMatchObject({ state: "pending" });
    expect(made.headers.get("location")).toBe(`/v1/streams/${made.body.id}`);
  });

  test("does not wait for a box that is offline: 202 at once", async () => {
    const started = Date.now();
    const made = await addStream(offline, { prefer: "wait=20" });
    const changed = await cloud.call(`/v1/streams/${made.body.id}`, {
      method: "PATCH",
      body: { title: "x" },
      headers: { prefer: "wait=20" },
    });
    const gone = await cloud.call(`/v1/streams/${made.body.id}`, {
      method: "DELETE",
      headers: { prefer: "wait=20" },
    });
    expect([made.status, changed.status, gone.status]).toEqual([202, 202, 202]);
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test("of a stream that waits for a device is over at once", async () => {
    const body = {
      name: freshName("s"),
      site: box.site,
      device: null,
      source: { url: "rtsp://a/1" },
    };
    const made = await cloud.call("/v1/streams", { body, headers: { prefer: "wait=20" } });
    expect(made.status).toBe(201);
  });

  test("of a removal ends when the box no longer names the stream", async () => {
    const { id } = (await addStream(box)).body;
    await box.reportManifest({ [id]: 1 });
    const removing = cloud.call(`/v1/streams/${id}`, { method: "DELETE", headers: prefer });
    await waitFor(
      "the removal",
      async () => (await cloud.call(`/v1/streams/${id}`)).status === 404,
      { timeoutMs: 5_000, pollMs: 10 },
    );
    await box.reportManifest({ [id]: null });
    expect((await removing).status).toBe(204);
  });
});

describe("stats", () => {
  const counters = {
    state: "running",
    frames: 10,
    fps: 25,
    kbps: 100,
    lastFrameAtMs: 1,
    restarts: 0,
    width: 640,
    height: 360,
    clients: 0,
    bytesOut: 0,
    idrFrames: 1,
  };

  test("are fresh from a box that answers", async () => {
    const { id } = (await addStream(box)).body;
    const answering = box
      .nextCommand("stream.stats")
      .then((command) => box.ack(command.id, "succeeded", { result: counters }));
    const answer = await cloud.call(`/v1/streams/${id}/stats`);
    await answering;
    expect(answer.body).toEqual({ stream: id, from: "fresh", ageMs: 0, counters });
  });

  test("are of the last health report while the box is offline, and else none", async () => {
    const [known, unknown] = [
      (await addStream(offline)).body.id,
      (await addStream(offline)).body.id,
    ];
    const { organization, deps } = cloud;
    const receivedAtMs = deps.clock.nowMs() - 5_000;
    await deps.store.devices.putHealth({
      organization,
      device: offline.device,
      receivedAtMs,
      report: health({ [known]: ["running", 25, 100, 10, 0] }),
    });
    const answer = (await cloud.call(`/v1/streams/${known}/stats`)).body;
    expect(answer).toMatchObject({
      from: "last-report",
      counters: { state: "running", fps: 25, kbps: 100, frames: 10, restarts: 0 },
    });
    expect(answer.ageMs).toBeGreaterThanOrEqual(5_000);
    expectProblem(await cloud.call(`/v1/streams/${unknown}/stats`), "stream.no-report");
    const { body } = await cloud.call(`/v1/devices/${offline.name}`);
    expect(body.health.streams[known]).toEqual({
      state: "running",
      fps: 25,
      kbps: 100,
      frames: 10,
      restarts: 0,
    });
    expect(body.health.ageMs).toBeGreaterThanOrEqual(5_000);
  });
});

const health = (streams: Record<string, ["running", number, number, number, number]>) =>
  healthReport({ streams });

describe("a device's shadow", () => {
  test("shows desired, reported and the difference, with ages and who asked", async () => {
    const on = await (await cloud.addBox()).comeOnline();
    const { id, name, requestId } = (await addStream(on)).body;
    const route = `/v1/devices/${on.name}/shadow`;
    const before = (await cloud.call(route)).body;
    expect(before.device).toEqual({ id: on.device, name: on.name, online: true });
    expect(before.delta).toEqual({
      [id]: { revision: { desired: 1, reported: 0 } },
    });
    expect(before.shadows).toMatchObject([
      { name: "device", desired: { manifest: { [id]: 1 } }, reported: null },
      {
        name: `stream-${id}`,
        stream: { id, name },
        revision: { desired: 1, reported: 0 },
        desiredBy: "token-*",
        requestId,
      },
    ]);
    await on.report(id, 1);
    await on.reportManifest({ [id]: 1, str_leftover: 3 });
    await waitFor(
      "the reports",
      async () => {
        const { body } = await cloud.call(route);
        return body.shadows[0].reported && body.shadows[1].reported;
      },
      { timeoutMs: 5_000, pollMs: 20 },
    );
    const after = (await cloud.call(route)).body;
    expect(after.delta).toEqual({ str_leftover: { extra: true } });
    expect(after.shadows[1]).toMatchObject({
      delta: {},
      deltaAgeMs: 0,
      revision: { desired: 1, reported: 1 },
    });
  });

  test("as the gateway holds it is there or not", async () => {
    const { body } = await cloud.call(`/v1/devices/${box.name}/shadows/device`);
    expect(body).toMatchObject({
      state: { desired: { v: 1 } },
      version: expect.any(Number) as number,
    });
    for (const name of ["nothing", "a%20b", "..%2Fx", "x".repeat(65)])
      expectProblem(
        await cloud.call(`/v1/devices/${box.name}/shadows/${name}`),
        "shadow.not-found",
      );
  });
});
