import { expect, it } from "vitest";
import {
  effectiveSettings,
  type DeviceSettings,
  type SettingKey,
} from "@sightline/contracts/settings";
import { stepText } from "../plan.ts";
import { planShared, type SharedSeen, type WishTarget } from "./wish-plan.ts";

const target = (settings: DeviceSettings, revision = 1): WishTarget => ({
  revision,
  settings: effectiveSettings({}, settings),
  explicit: new Set(Object.keys(settings) as SettingKey[]),
});
const seen = (change: Partial<SharedSeen> = {}): SharedSeen => ({
  controls: {
    "mux.maxLatencyNs": "device",
    "encoder.bitrate": "device",
    "detector.interval": "stream",
  },
  settings: {},
  settled: undefined,
  hasStreams: true,
  ...change,
});
const texts = (wanted: WishTarget, state: SharedSeen): string[] =>
  planShared(wanted, state).map(stepText);

it("sets what somebody asked for and the pipeline does not tell, once", () => {
  const wanted = target({ "mux.maxLatencyNs": 0 });
  expect(texts(wanted, seen())).toEqual(["share mux.maxLatencyNs=0"]);
  expect(texts(wanted, seen({ settings: { "mux.maxLatencyNs": 0 } }))).toEqual([]);
  expect(texts(target({}), seen())).toEqual([]);
});

it("puts back what left the wish where the pipeline tells it", () => {
  expect(texts(target({}), seen({ settings: { "mux.maxLatencyNs": 5 } }))).toEqual([
    "share mux.maxLatencyNs=0",
  ]);
});

it("leaves to the streams what each of them has of its own, and out what the pipeline lacks", () => {
  const wanted = target({ "detector.interval": 3, "mux.batchedPushTimeoutUs": 5 });
  expect(texts(wanted, seen())).toEqual([]);
});

it("waits for a stream with what can only be set on one", () => {
  const wanted = target({ "encoder.bitrate": 5, "mux.maxLatencyNs": 1 });
  expect(texts(wanted, seen({ hasStreams: false }))).toEqual(["share mux.maxLatencyNs=1"]);
  expect(texts(wanted, seen())).toEqual(["share encoder.bitrate=5", "share mux.maxLatencyNs=1"]);
});

it("does not set back what somebody has changed since, but for a newer wish", () => {
  const wanted = target({ "mux.maxLatencyNs": 1 });
  const changed = seen({
    settings: { "mux.maxLatencyNs": 9 },
    settled: { revision: 1, settings: wanted.settings },
  });
  expect(texts(wanted, changed)).toEqual([]);
  expect(texts(target({ "mux.maxLatencyNs": 1 }, 2), changed)).toEqual([
    "share mux.maxLatencyNs=1",
  ]);
});
