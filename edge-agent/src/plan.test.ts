import { describe, expect, it } from "vitest";
import { effectiveSettings } from "@sightline/contracts/settings";
import { plan, stepText, type Holding, type Observed, type Target } from "./plan.ts";

const target = (change: Partial<Target> = {}): Target => ({
  stream: "str_1",
  localName: "door",
  url: "rtsp://10.0.0.5/1",
  settings: effectiveSettings({}),
  runs: true,
  ...change,
});
const holding = (change: Partial<Holding> = {}): Holding => ({
  localName: "door",
  url: "rtsp://10.0.0.5/1",
  settings: effectiveSettings({}),
  ...change,
});
const observed = (
  holdings: Record<string, Holding> = {},
  unmanaged: readonly string[] = [],
): Observed => ({ holdings: new Map(Object.entries(holdings)), unmanaged: new Set(unmanaged) });
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
    const url = "rtsp://u:p@10.0.0.5/1";
    expect(plan([], observed({ str_1: holding({ url }) }))).toEqual([
      { kind: "remove", stream: "str_1", localName: "door", url },
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
    expect(texts([target()], observed({}, ["door"]))).toEqual(["refuse str_1"]);
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
});
