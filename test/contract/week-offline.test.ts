/**
 * Issue "bad days": a week offline in simulated time. Writes are kept and answered, sessions and commands are over, and the box that
 * comes back gets the last state and nothing else.
 */
import { limits } from "@sightline/contracts/limits";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import { sweep } from "@sightline/core/sweep/sweep";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { waitFor } from "../support/wait-for.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let cloud: Cloud;
let box: Box;
/** Revisions and intervals as they were last acknowledged to the writer. */
const wanted = new Map<string, { readonly revision: number; readonly interval: number }>();
const removed: string[] = [];
const given: string[] = [];

beforeAll(async () => {
  cloud = await startCloud();
  box = await cloud.addBox();
});
afterAll(() => cloud.close());

const streamOf = async (id: string) => (await cloud.call(`/v1/streams/${id}`)).body;
const deviceOf = async () => (await cloud.call(`/v1/devices/${box.device}`)).body;
const commandsRoute = () => `/v1/devices/${box.device}/commands`;

async function add(): Promise<string> {
  const body = { name: freshName("s"), device: box.device, source: { url: "rtsp://camera/1" } };
  const answer = await cloud.call("/v1/streams", { body });
  expect(answer.status).toBe(201);
  wanted.set(answer.body.id, { revision: 1, interval: 0 });
  return answer.body.id;
}

async function change(id: string, interval: number): Promise<void> {
  const body = { settings: { "decoder.dropFrameInterval": interval } };
  const answer = await cloud.call(`/v1/streams/${id}`, { method: "PATCH", body });
  expect(answer.status).toBe(200);
  wanted.set(id, { revision: answer.body.revision, interval });
}

async function remove(id: string): Promise<void> {
  expect((await cloud.call(`/v1/streams/${id}`, { method: "DELETE" })).status).toBe(204);
  wanted.delete(id);
  removed.push(id);
}

async function give(stream: string, ttlMs: number = limits.commandTtlMsMax) {
  const body = { kind: "stream.force-idr", args: { stream }, ttlMs };
  const answer = await cloud.call(commandsRoute(), { body });
  expect(answer.status).toBe(201);
  given.push(answer.body.id);
  return answer.body as { readonly id: string; readonly state: string };
}

/** The sweep as it runs all the time. */
async function passTime(ms: number): Promise<void> {
  cloud.letPass(ms);
  expect((await sweep(cloud.deps)).failures).toEqual([]);
}

/** What the box is told when it asks. */
const told = async (shadow: string) =>
  (await cloud.deps.gateway.getShadow(box.thing, shadow))?.state.desired;

test("while it is away, everything is accepted and shown, and commands expire", async () => {
  await box.comeOnline({ persistent: true });
  const kept = [await add(), await add(), await add()];
  // The gateway takes 20 requests a second of a thing, and the cloud has just made some.
  cloud.letPass(1_000);
  for (const id of kept) await box.report(id, 1);
  await box.reportManifest(Object.fromEntries(kept.map((id) => [id, 1])));
  await waitFor("all is applied", async () => isInSync(), { timeoutMs: 5_000 });
  await box.disconnect();
  await waitFor("the disconnect", async () => (await presence())?.offlineDueAtMs, {
    timeoutMs: 5_000,
  });
  // Still called online: it is published, and waits in the box's session.
  expect((await give(String(kept[0]))).state).toBe("sent");
  await passTime(limits.offlineAfterMs + 1);
  expect((await deviceOf()).online).toBe(false);
  const untouched = await add();
  for (let day = 1; day <= 7; day += 1) {
    const added = await add();
    await change(added, day);
    await change(String(kept[0]), day);
    if (day === 2) await remove(String(kept[1]));
    if (day === 5) await remove(added);
    const { id, state } = await give(String(kept[0]));
    expect(state).toBe("queued");
    await passTime(limits.commandTtlMsMax - minuteMs);
    expect((await cloud.call(`${commandsRoute()}/${id}`)).body.state).toBe("queued");
    await passTime(dayMs - limits.commandTtlMsMax + minuteMs);
  }
  const items = (await cloud.call(commandsRoute())).body.items;
  expect(items).toHaveLength(8);
  for (const command of items)
    expect(command).toMatchObject({ state: "expired", error: { code: "command.expired" } });
  expect((await deviceOf()).online).toBe(false);
  const { delta, shadows } = (await cloud.call(`/v1/devices/${box.device}/shadow`)).body;
  expect(Object.keys(delta)).toHaveLength(2 + 6 + 1);
  expect(shadows.find(shadowOf(untouched)).deltaAgeMs).toBeGreaterThanOrEqual(7 * dayMs);
});

const shadowOf =
  (stream: string) =>
  ({ name }: { readonly name: string }): boolean =>
    name === streamShadow(stream);

const presence = async () =>
  (await cloud.deps.store.devices.get(cloud.organization, box.device))?.presence;

async function isInSync(): Promise<boolean> {
  const { body } = await cloud.call(`/v1/devices/${box.device}/shadow`);
  const open = Object.keys(body.delta);
  return open.length === 0 || Promise.reject(new Error(JSON.stringify(body.delta)));
}

test("when it is back it gets the last state, what was asked just now, and nothing that is over", async () => {
  const [open = ""] = wanted.keys();
  const { id: fresh } = await give(open);
  given.pop();
  box.received.length = 0;
  await box.comeOnline({ persistent: true });
  expect((await box.nextCommand()).id).toBe(fresh);
  const last = [...wanted];
  const manifest = Object.fromEntries(last.map(([id, { revision }]) => [id, revision]));
  expect(await told(deviceShadow)).toMatchObject({ manifest });
  expect(Object.keys((await told(deviceShadow))?.["manifest"] ?? {})).toHaveLength(last.length);
  for (const [id, { revision, interval }] of last)
    expect(await told(streamShadow(id))).toMatchObject({
      revision,
      settings: interval === 0 ? {} : { "decoder.dropFrameInterval": interval },
    });
  for (const id of removed) expect(await told(streamShadow(id))).toBeUndefined();
  cloud.letPass(1_000);
  for (const [id, { revision, interval }] of last)
    await box.report(id, revision, {
      applied: { url: "", settings: { "decoder.dropFrameInterval": interval } },
    });
  await box.ack(fresh, "succeeded", { result: { idrFrames: 1 } });
  await box.reportManifest({ ...manifest, ...Object.fromEntries(removed.map((id) => [id, null])) });
  await waitFor("the box has caught up", isInSync, { timeoutMs: 5_000 });
  for (const [id] of last) expect((await streamOf(id)).state).toBe("running");
  // What had waited in its session or the table would have come before all of this was answered.
  const came = box.received.filter(({ topic }) => topic.startsWith("cmd/"));
  expect(came.map(({ payload }) => payload["id"])).toEqual([fresh]);
  for (const id of given)
    expect((await cloud.call(`${commandsRoute()}/${id}`)).body.state).toBe("expired");
});
