import { describe, expect, it } from "vitest";
import {
  effectiveSettings,
  streamSettingKeys,
  type SettingKey,
  type StreamSettings,
} from "@sightline/contracts/settings";
import {
  driftOf,
  isSatisfied,
  plan,
  stepText,
  type Holding,
  type Observed,
  type Target,
  type Unmanaged,
} from "./plan.ts";

const url = "rtsp://10.0.0.5/1";

const target = (change: Partial<Target> = {}): Target => ({
  stream: "str_1",
  localName: "door",
  url,
  revision: 1,
  settings: effectiveSettings({}),
  explicit: new Set(),
  runs: true,
  ...change,
});
/** A target that somebody has set these on. */
const set = (settings: StreamSettings, change: Partial<Target> = {}): Target =>
  target({
    settings: effectiveSettings(settings),
    explicit: new Set(Object.keys(settings) as SettingKey[]),
    ...change,
  });
const holding = (change: Partial<Holding> = {}): Holding => ({
  localName: "door",
  url: change.source ?? url,
  source: change.url ?? url,
  settings: effectiveSettings({}),
  ...change,
});
const controls: Observed["controls"] = Object.fromEntries(
  streamSettingKeys.map((key) => [key, "stream"]),
);
const observed = (
  holdings: Record<string, Holding> = {},
  unmanaged: Record<string, Unmanaged> = {},
): Observed => ({
  holdings: new Map(Object.entries(holdings)),
  unmanaged: new Map(Object.entries(unmanaged)),
  controls,
});
const texts = (targets: readonly Target[], world: Observed): string[] =>
  plan(targets, world).map(stepText);

describe("plan", () => {
  it("adds what is missing", () => {
    expect(texts([target()], observed())).toEqual(["add str_1"]);
  });
  it("sets what differs from a fresh stream right after adding it", () => {
    const settings = effectiveSettings({ "decoder.dropFrameInterval": 5 });
    expect(texts([target({ settings })], observed())).toEqual([
      "add str_1",
      "set str_1 decoder.dropFrameInterval=5",
    ]);
  });
  it("does nothing when all is so", () => {
    expect(texts([target()], observed({ str_1: holding() }))).toEqual([]);
  });
  it("waits with settings until the pipeline has shown the stream", () => {
    const settings = effectiveSettings({ "decoder.dropFrameInterval": 5 });
    const world = observed({ str_1: holding({ settings: undefined }) });
    expect(texts([target({ settings })], world)).toEqual([]);
  });
  it("changes a setting without restarting", () => {
    const settings = effectiveSettings({ "decoder.dropFrameInterval": 5 });
    expect(texts([target({ settings })], observed({ str_1: holding() }))).toEqual([
      "set str_1 decoder.dropFrameInterval=5",
    ]);
  });
  it("changes only what differs", () => {
    const settings = effectiveSettings({ "decoder.dropFrameInterval": 5, "encoder.codec": "h265" });
    const world = observed({
      str_1: holding({ settings: effectiveSettings({ "decoder.dropFrameInterval": 5 }) }),
    });
    expect(texts([target({ settings })], world)).toEqual(["set str_1 encoder.codec=h265"]);
  });
  it("puts a setting back that is no longer wanted", () => {
    const world = observed({
      str_1: holding({ settings: effectiveSettings({ "decoder.dropFrameInterval": 5 }) }),
    });
    expect(texts([target()], world)).toEqual(["set str_1 decoder.dropFrameInterval=0"]);
  });
  it("removes and adds when the source changed", () => {
    const world = observed({ str_1: holding() });
    expect(texts([target({ url: "rtspt://10.0.0.5/1" })], world)).toEqual([
      "remove str_1",
      "add str_1",
    ]);
  });
  it("removes with the very URL that was added", () => {
    const secret = "rtsp://u:p@10.0.0.5/1";
    expect(plan([], observed({ str_1: holding({ url: secret }) }))).toEqual([
      { kind: "remove", stream: "str_1", localName: "door", url: secret },
    ]);
  });
  it("removes what is disabled and keeps it out", () => {
    expect(texts([target({ runs: false })], observed({ str_1: holding() }))).toEqual([
      "remove str_1",
    ]);
    expect(texts([target({ runs: false })], observed())).toEqual([]);
  });
  it("removes what left the manifest", () => {
    expect(texts([], observed({ str_1: holding() }))).toEqual(["remove str_1"]);
  });
  it("refuses a local name that a stranger holds", () => {
    expect(
      texts(
        [target()],
        observed({}, { door: { url: "rtsp://10.0.0.9/1", hasCredentials: false } }),
      ),
    ).toEqual(["refuse str_1"]);
  });
  it("waits for a local name that another stream is about to give up", () => {
    const world = observed({ str_2: holding() });
    expect(texts([target()], world)).toEqual(["remove str_2"]);
    expect(texts([target()], observed())).toEqual(["add str_1"]);
  });
  it("swaps two names in three plans", () => {
    const targets = [target({ localName: "b" }), target({ stream: "str_2", localName: "a" })];
    const world = observed({
      str_1: holding({ localName: "a" }),
      str_2: holding({ localName: "b" }),
    });
    expect(texts(targets, world)).toEqual(["remove str_1", "remove str_2"]);
    expect(texts(targets, observed())).toEqual(["add str_1", "add str_2"]);
  });
  it("leaves a suspect out until its turn", () => {
    expect(texts([target({ waits: true })], observed())).toEqual([]);
  });
  it("plans each stream for itself", () => {
    const targets = [target(), target({ stream: "str_2", localName: "yard" })];
    expect(texts(targets, observed({ str_1: holding() }))).toEqual(["add str_2"]);
  });

  describe("settings", () => {
    const rois = [{ id: "1", left: 0, top: 0, width: 10, height: 10 }];

    it("compares lists by their value", () => {
      const shown = effectiveSettings({
        "detector.rois": [{ height: 10, width: 10, top: 0, left: 0, id: "1" }],
      });
      const world = observed({ str_1: holding({ settings: shown }) });
      expect(texts([set({ "detector.rois": rois })], world)).toEqual([]);
    });
    it("never sets what the pipeline has no control for, or only one for all streams", () => {
      const world = {
        ...observed({ str_1: holding() }),
        controls: { "decoder.dropFrameInterval": "device" },
      } as const;
      const wanted = set({ "decoder.dropFrameInterval": 5, "encoder.bitrate": 1 });
      expect(texts([wanted], world)).toEqual([]);
      expect(isSatisfied(wanted, world)).toBe(true);
    });
    it("sets what cannot be read back only when somebody has set it, and puts back what it sent", () => {
      const blind = (settings: Holding["settings"]) => observed({ str_1: holding({ settings }) });
      const wanted = set({ "decoder.dropFrameInterval": 0 });
      expect(texts([wanted], blind({}))).toEqual(["set str_1 decoder.dropFrameInterval=0"]);
      expect(texts([wanted], blind({ "decoder.dropFrameInterval": 0 }))).toEqual([]);
      expect(texts([target()], blind({}))).toEqual([]);
      expect(texts([target()], blind({ "decoder.dropFrameInterval": 3 }))).toEqual([
        "set str_1 decoder.dropFrameInterval=0",
      ]);
    });
    it("leaves the bitrate alone while MPEG-4 is wanted or there", () => {
      const at = (codec: "h264" | "mpeg4"): Observed =>
        observed({
          str_1: holding({
            settings: { ...effectiveSettings({ "encoder.codec": codec }), "encoder.bitrate": 0 },
          }),
        });
      const mpeg4 = set({ "encoder.codec": "mpeg4", "encoder.bitrate": 9 });
      expect(texts([mpeg4], at("h264"))).toEqual(["set str_1 encoder.codec=mpeg4"]);
      expect(texts([mpeg4], at("mpeg4"))).toEqual([]);
      expect(texts([target()], at("mpeg4"))).toEqual(["set str_1 encoder.codec=h264"]);
      expect(texts([target()], at("h264"))).toEqual(["set str_1 encoder.bitrate=2000000"]);
    });
  });

  describe("drift", () => {
    const settled = { revision: 1, settings: effectiveSettings({ "detector.interval": 2 }) };
    const shown = effectiveSettings({ "detector.interval": 9, "converter.flipMethod": 1 });
    const drifted = holding({ settings: shown, settled });
    const wanted = set({ "detector.interval": 2 });

    it("does not set back what somebody has changed since the revision was carried out", () => {
      const world = observed({ str_1: drifted });
      expect(texts([wanted], world)).toEqual([]);
      expect(isSatisfied(wanted, world)).toBe(true);
      expect(driftOf(wanted, drifted, controls)).toEqual({
        "detector.interval": 2,
        "converter.flipMethod": 0,
      });
    });
    it("sets everything again for a newer revision", () => {
      const newer = { ...wanted, revision: 2 };
      expect(texts([newer], observed({ str_1: drifted }))).toEqual([
        "set str_1 converter.flipMethod=0",
        "set str_1 detector.interval=2",
      ]);
      expect(driftOf(newer, drifted, controls)).toEqual({});
    });
    it("sets what the device wants otherwise, and nothing else", () => {
      const other = set({ "detector.interval": 3 });
      expect(texts([other], observed({ str_1: drifted }))).toEqual([
        "set str_1 detector.interval=3",
      ]);
      expect(driftOf(other, drifted, controls)).toEqual({ "converter.flipMethod": 0 });
    });
    it("sees none before the revision was carried out", () => {
      const fresh = holding({ settings: shown });
      expect(driftOf(wanted, fresh, controls)).toEqual({});
    });
  });

  describe("a stream that somebody else has put in", () => {
    const met = (given: string, stranger: Unmanaged): string[] =>
      texts([target({ url: given })], observed({}, { door: stranger }));
    const secret = "rtsp://u:p@10.0.0.5/1";

    it.each([
      [url, url],
      ["rtspt://10.0.0.5/1", url],
      [url, "rtspt://10.0.0.5/1"],
      ["rtspu://10.0.0.5/1", "rtspu://10.0.0.5/1"],
    ])("is taken over as it is when %s is wanted and %s is there", (wanted, there) => {
      const world = observed({}, { door: { url: there, hasCredentials: false } });
      expect(plan([target({ url: wanted })], world)).toEqual([
        { kind: "adopt", stream: "str_1", localName: "door", url: there, source: wanted },
      ]);
      const taken = observed({ str_1: holding({ url: there, source: wanted }) });
      expect(texts([target({ url: wanted })], taken)).toEqual([]);
    });
    it("gives way to the same one with credentials when it has some", () => {
      expect(met(secret, { url, hasCredentials: true })).toEqual(["evict str_1", "add str_1"]);
    });
    it.each([
      ["another URL", url, { url: "rtsp://10.0.0.5/2", hasCredentials: false }],
      ["another transport", url, { url: "rtspu://10.0.0.5/1", hasCredentials: false }],
      ["a URL that is not known", url, { url: "", hasCredentials: false }],
      ["credentials here only", secret, { url, hasCredentials: false }],
      ["credentials there only", url, { url, hasCredentials: true }],
      ["credentials and another URL", secret, { url: "rtsp://x/1", hasCredentials: true }],
    ])("keeps its name with %s", (_name, wanted, stranger) => {
      expect(met(wanted, stranger)).toEqual(["refuse str_1"]);
    });
  });
});
