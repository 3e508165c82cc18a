import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { effectiveSettings } from "@sightline/contracts/settings";
import type { DeviceWish, StreamDesired } from "@sightline/contracts/desired-state";
import { noWish } from "@sightline/contracts/wish";
import { Journal } from "../journal/journal.ts";
import { DesiredState } from "./desired-state.ts";

const [one, two] = ["str_01j00000000000000000000001", "str_01j00000000000000000000002"] as const;
const desired = (change: Partial<StreamDesired> = {}): StreamDesired => ({
  v: 1,
  id: one,
  revision: 1,
  localName: "door",
  enabled: true,
  source: { url: "rtsp://cam/1", transport: "auto", credentials: "" },
  settings: {},
  ...change,
});

describe("desired state", () => {
  let folder: string;
  let journal: Journal;
  let state: DesiredState;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "agent-desired-"));
    journal = await Journal.open(join(folder, "journal"));
    state = await DesiredState.load(journal, []);
  });
  afterEach(async () => {
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("knows nothing before the cloud has said anything", () => {
    expect(state.manifest).toBeUndefined();
    expect(state.behind()).toEqual([]);
  });

  it("asks for what is newer in the manifest, and for nothing else", async () => {
    await state.takeManifest({ [one]: 2, [two]: 1 });
    await state.takeStream(one, desired({ revision: 3 }));
    expect(state.behind()).toEqual([two]);
  });

  it("never goes back, but starts anew when the stream was away", async () => {
    await state.takeManifest({ [one]: 5 });
    await state.takeStream(one, desired({ revision: 5 }));
    expect(await state.takeStream(one, desired({ revision: 4 }))).toBe(false);
    expect(state.get(one)?.revision).toBe(5);
    expect(await state.takeManifest({})).toEqual([one]);
    await state.takeManifest({ [one]: 2 });
    expect(await state.takeStream(one, desired({ revision: 2 }))).toBe(true);
    expect(state.get(one)?.revision).toBe(2);
  });

  it("keeps a setting that it does not know, for the version that will", async () => {
    await state.takeManifest({ [one]: 1 });
    const newer: StreamDesired["settings"] = {
      "decoder.dropFrameInterval": 5,
      "osd.sparkle": true,
    };
    await state.takeStream(one, desired({ settings: newer }));
    const again = await DesiredState.load(journal, []);
    expect(again.get(one)).toMatchObject({ revision: 1, desired: { settings: newer } });
    expect(again.get(one)?.refused).toBeUndefined();
    expect(again.target(one)?.settings).toEqual(
      effectiveSettings({ "decoder.dropFrameInterval": 5 }),
    );
  });

  it("keeps a shadow that came before the manifest", async () => {
    expect(await state.takeStream(one, desired())).toBe(false);
    await state.takeManifest({ [one]: 1 });
    expect(state.get(one)?.revision).toBe(1);
  });

  it("survives a restart", async () => {
    await state.takeManifest({ [one]: 1, [two]: 1 });
    await state.takeStream(one, desired());
    await state.takeStream(two, desired({ id: two, revision: 2 }));
    await state.takeManifest({ [two]: 2 });
    const again = await DesiredState.load(journal, []);
    expect(again.manifest).toEqual({ [two]: 2 });
    expect(again.ids()).toEqual([two]);
    expect(again.target(two)).toMatchObject({ url: "rtsp://cam/1", runs: true });
  });

  it("keeps what the device should be, never an older one, over a restart", async () => {
    expect(state.wish).toEqual(noWish);
    const wish = {
      revision: 3,
      pipeline: "stopped",
      settings: { "detector.interval": 2 },
    } as const;
    await state.takeWish(wish);
    await state.takeWish({ ...wish, revision: 2, pipeline: "running" });
    await state.takeWish(noWish);
    expect(state.wish).toEqual(wish);
    expect((await DesiredState.load(journal, [])).wish).toEqual(wish);
  });

  it("gives a stream what the device has, only of what can be set there", async () => {
    const received: DeviceWish["settings"] = {
      "detector.interval": 2,
      "encoder.bitrate": 9,
      "decoder.dropFrameInterval": 7,
    };
    await state.takeWish({ revision: 1, pipeline: "running", settings: received });
    await state.takeManifest({ [one]: 1 });
    const own: StreamDesired["settings"] = { "encoder.bitrate": 5, "mux.maxLatencyNs": 3 };
    await state.takeStream(one, desired({ settings: own }));
    const target = state.target(one);
    expect(target?.settings).toEqual(
      effectiveSettings({ "encoder.bitrate": 5 }, { "detector.interval": 2 }),
    );
    expect([...(target?.explicit ?? [])].toSorted()).toEqual([
      "detector.interval",
      "encoder.bitrate",
    ]);
  });

  it.each([
    ["text", "nonsense"],
    ["a wrong type", { ...desired({ revision: 9 }), enabled: "perhaps" }],
    [
      "a setting out of range",
      { ...desired({ revision: 9 }), settings: { "decoder.dropFrameInterval": 99 } },
    ],
    ["another stream's state", desired({ id: two, revision: 2 ** 53 - 1 })],
  ])("refuses %s at the manifest's revision and keeps what was good", async (_name, garbage) => {
    const revision = 7;
    await state.takeManifest({ [one]: 1 });
    await state.takeStream(one, desired());
    await state.takeManifest({ [one]: revision });
    expect(await state.takeStream(one, garbage)).toBe(true);
    expect(state.get(one)).toMatchObject({ revision, refused: { revision } });
    expect(state.target(one)).toMatchObject({ localName: "door", runs: true });
    expect((await DesiredState.load(journal, [])).get(one)).toEqual(state.get(one));
    await state.takeStream(one, desired({ revision: 8 }));
    expect(state.get(one)?.refused).toBeUndefined();
  });

  it("runs nothing whose credentials do not open", async () => {
    await state.takeManifest({ [one]: 1 });
    await state.takeStream(one, desired({ source: { ...desired().source, credentials: "1.a.b" } }));
    expect(state.target(one)?.runs).toBe(false);
    expect(state.get(one)?.obstacle?.code).toBe("stream.secret-unreadable");
  });
});
