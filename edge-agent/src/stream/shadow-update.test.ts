import { streamSettingKeys } from "@sightline/contracts/settings";
import { noError, type StreamReport } from "@sightline/contracts/stream-report";
import { expect, it } from "vitest";
import { streamUpdate } from "./shadow-update.ts";

const report: StreamReport = {
  v: 1,
  revision: 1,
  state: "running",
  sinceAtMs: 1,
  error: noError,
  applied: { url: "rtsp://a/1", settings: { "decoder.dropFrameInterval": 2 } },
  output: { rtspUrl: "" },
  video: { width: 1, height: 1 },
  atMs: 1,
};

it("takes settings that are not told any more out of the shadow, and says the rest as it is", () => {
  const { applied, drift, ...rest } = streamUpdate(report) as unknown as StreamReport;
  const { applied: _, ...said } = report;
  expect(rest).toEqual(said);
  expect(drift).toBeNull();
  expect(Object.keys(applied.settings).toSorted()).toEqual(streamSettingKeys.toSorted());
  expect(applied.settings["decoder.dropFrameInterval"]).toBe(2);
  expect(applied.settings["decoder.skipFrames"]).toBeNull();
});

it("leaves no drift but what there is now", () => {
  const { drift } = streamUpdate({ ...report, drift: { "decoder.skipFrames": "none" } }) as {
    drift: Record<string, unknown>;
  };
  expect(Object.entries(drift).filter(([, value]) => value !== null)).toEqual([
    ["decoder.skipFrames", "none"],
  ]);
  expect(drift["decoder.dropFrameInterval"]).toBeNull();
});
