/** Cameras on bad days, all at once on one box: each stream says why, each comes back, and the cameras beside them lose no frame. */
import { limits } from "@sightline/contracts/limits";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cameras } from "../support/cameras.ts";
import { FaultBox } from "../support/fault-box.ts";
import { RtspImpostor } from "../support/rtsp-impostor.ts";
import { convergedMs } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const faulty = ["hung", "silent", "dying", "removed", "locked", "garbled", "resized"] as const;
const neighbours = ["neighbour-1", "neighbour-2"] as const;
const login = { user: "ad min", password: "p@ss:w/rd?#" };
/** Of the box's own timers on a busy machine. */
const slackMs = 1_000;

let system: System;
let box: FaultBox;
let beside: Cameras;
let mute: RtspImpostor;
let babbler: RtspImpostor;
const cameras = {} as Record<(typeof faulty)[number], Cameras>;

beforeAll(async () => {
  [system, beside, mute, babbler] = await Promise.all([
    System.start({ args: ["--no-demo"] }),
    Cameras.start({ count: neighbours.length }),
    RtspImpostor.start("mute"),
    RtspImpostor.start("babble"),
  ]);
  for (const name of faulty) cameras[name] = await Cameras.start();
  box = await FaultBox.make(system);
  await box.run([...Object.values(cameras), beside, mute, babbler]);
  for (const name of faulty) await box.add(name, cameras[name].url());
  for (const [index, name] of neighbours.entries()) await box.add(name, beside.url(index + 1));
  await box.allRun([...faulty, ...neighbours]);
  for (const [index, name] of neighbours.entries()) expect(await lost(name, index + 1)).toBe(0);
  // Changes nobody asked for are reported at most once in this time; the last report is the one of the start.
  await waitFor(
    "the last reports are old",
    async () => (await youngestMs()) > limits.reportIntervalMs,
    {
      timeoutMs: 2 * limits.reportIntervalMs,
    },
  );
});
afterAll(async () => {
  await box?.dispose();
  for (const each of [...Object.values(cameras), beside, mute, babbler]) await each?.dispose();
  await system?.dispose();
});

async function youngestMs(): Promise<number> {
  const all = await Promise.all(faulty.map((name) => system.call(`/v1/streams/${name}`)));
  return Math.min(...all.map(({ body }) => body.reported.ageMs));
}

/** Pictures that the camera sent and the pipeline did not count; the camera holds still until both are settled. */
async function lost(name: string, number: number): Promise<number> {
  await beside.tell(`freeze ${number}`);
  const { sent = 0 } = await beside.tell(`count ${number}`);
  let before = -1;
  const frames = await waitFor(
    `no picture of ${name} is on its way`,
    async () => {
      const { frames: counted } = await box.counters(name);
      const isSettled = counted === before || counted === sent;
      before = counted;
      return isSettled && counted;
    },
    { timeoutMs: limits.frameTimeoutMs, pollMs: 200 },
  );
  await beside.tell(`thaw ${number}`);
  return sent - frames;
}

async function says(name: string, code: string): Promise<void> {
  await waitFor(
    `${name} says ${code}`,
    async () => {
      const state = await box.stateOf(name);
      return state.endsWith(` ${code}`) || Promise.reject(new Error(state));
    },
    { timeoutMs: convergedMs },
  );
}

/** From its last frame until the stream was no longer called running, by the box's own record. */
async function noticedAfterMs(name: string): Promise<number> {
  const { body } = await system.call(`/v1/streams/${name}`);
  const { lastFrameAtMs } = await box.counters(name);
  return body.reported.sinceAtMs - lastFrameAtMs;
}

describe.concurrent("a camera", () => {
  test("that hangs without closing its connection is stalled within 5 s, and runs again when it goes on", async () => {
    cameras.hung.send("SIGSTOP");
    await says("hung", "stream.stalled");
    expect(await noticedAfterMs("hung")).toBeLessThan(limits.frameTimeoutMs + slackMs);
    cameras.hung.send("SIGCONT");
    await box.allRun(["hung"]);
  });

  test("that stays connected and sends no picture is stalled within 5 s", async () => {
    await cameras.silent.tell("freeze 1");
    await says("silent", "stream.stalled");
    expect(await noticedAfterMs("silent")).toBeLessThan(limits.frameTimeoutMs + slackMs);
    await cameras.silent.tell("thaw 1");
    await box.allRun(["silent"]);
  });

  test("that dies and refuses connections is unreachable, and runs again when it is back", async () => {
    await cameras.dying.kill();
    await says("dying", "stream.source-unreachable");
    expect(await noticedAfterMs("dying")).toBeLessThan(limits.frameTimeoutMs + slackMs);
    await cameras.dying.start();
    await box.allRun(["dying"]);
  });

  test("that answers 404 is not found, and runs again when its stream is back", async () => {
    await cameras.removed.tell("remove 1");
    await says("removed", "stream.source-not-found");
    await cameras.removed.tell("restore 1");
    await box.allRun(["removed"]);
  });

  test("that wants other credentials is unauthorized until it gets them", async () => {
    await cameras.locked.kill();
    await cameras.locked.start({ login });
    await says("locked", "stream.source-unauthorized");
    const { user: username, password } = login;
    const source = { url: cameras.locked.url(), username, password };
    expect((await box.patch("locked", { source })).status).toBe(200);
    await box.allRun(["locked"]);
  });

  test("whose pictures turn into garbage is found out within 5 s, and runs again when they are sound", async () => {
    await cameras.garbled.tell("garbage 1");
    await says("garbled", "stream.stalled");
    expect(await noticedAfterMs("garbled")).toBeLessThan(limits.frameTimeoutMs + slackMs);
    await cameras.garbled.tell("sane 1");
    await box.allRun(["garbled"]);
  });

  test("that changes its resolution goes on, and the new one is reported", async () => {
    const { restarts } = await box.counters("resized");
    await cameras.resized.tell("resize 1 160x90");
    await waitFor(
      "the new resolution",
      async () => {
        const { body } = await system.call("/v1/streams/resized");
        return body.state === "running" && body.reported.video.width === 160;
      },
      { timeoutMs: convergedMs },
    );
    expect(await box.counters("resized")).toMatchObject({ restarts, width: 160, height: 90 });
  });

  test("that never shows a picture says so within 10 s", async () => {
    await box.add("mute", mute.url());
    const { body } = await system.call("/v1/streams/mute");
    await says("mute", "stream.no-first-frame");
    const { body: after } = await system.call("/v1/streams/mute");
    expect(after.reported.sinceAtMs - body.createdAtMs).toBeLessThan(
      limits.firstFrameTimeoutMs + slackMs,
    );
  });

  test("that does not speak RTSP is no video source", async () => {
    await box.add("babbler", babbler.url());
    await says("babbler", "stream.source-invalid");
  });
});

test("the cameras beside them lost no frame", async () => {
  for (const [index, name] of neighbours.entries()) {
    expect(await lost(name, index + 1)).toBe(0);
    expect((await box.counters(name)).restarts).toBe(0);
  }
});
