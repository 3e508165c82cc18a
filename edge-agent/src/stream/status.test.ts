import { describe, expect, it } from "vitest";
import { effectiveSettings, settingKeys } from "@sightline/contracts/settings";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { StreamReport } from "@sightline/contracts/stream-report";
import { pipelineStream } from "../../../test/support/pipeline-stream.ts";
import type { ListedStream } from "../pipeline/driver.ts";
import { jsonBytes, longSetting, reportBytesMax } from "./report-size.ts";
import { streamReport, type StatusInput } from "./status.ts";

const entry: ListedStream = {
  ...pipelineStream("door", { url: "rtsp://cam/1", sinceAtMs: 5 }),
  applied: undefined,
};
const desired = (settings: StreamDesired["settings"]): StreamDesired => ({
  v: 1,
  id: "str_01j00000000000000000000001",
  revision: 1,
  localName: "door",
  enabled: true,
  source: { url: "rtsp://cam/1", transport: "auto", credentials: "" },
  settings,
});
const report = (change: Partial<StatusInput> = {}, settings: StreamDesired["settings"] = {}) =>
  streamReport({
    held: { revision: 1, url: "rtsp://cam/1", desired: desired(settings) },
    answered: 1,
    failure: undefined,
    quarantined: false,
    pipeline: "running",
    entry,
    settings: {},
    drift: {},
    controls: Object.fromEntries(settingKeys.map((key) => [key, "stream" as const])),
    nowMs: 10,
    last: undefined,
    ...change,
  });

describe("stream report", () => {
  it("tells what the pipeline shows and what somebody has changed there", () => {
    expect(
      report({ settings: { "detector.interval": 9 }, drift: { "detector.interval": 2 } }),
    ).toMatchObject({
      applied: { settings: { "detector.interval": 9 } },
      drift: { "detector.interval": 2 },
    });
    expect(report()).not.toHaveProperty("drift");
  });

  it("says that what it has of its own and cannot be is unsupported, and leaves out what all share", () => {
    const own = { "encoder.bitrate": 5, "osd.processMode": "cpu", "osd.sparkle": true } as const;
    const controls = { "encoder.bitrate": "device", "decoder.skipFrames": "stream" } as const;
    const told = report({ controls, settings: effectiveSettings({ "encoder.bitrate": 7 }) }, own);
    expect(told?.applied.settings).toEqual({
      "decoder.skipFrames": "none",
      "encoder.bitrate": "unsupported",
      "osd.processMode": "unsupported",
      "osd.sparkle": "unsupported",
    });
  });

  it("is stopped while the device's pipeline is, unless it would not run anyway", () => {
    const stopped = { pipeline: "stopped", entry: undefined } as const;
    expect(report(stopped)).toMatchObject({
      state: "stopped",
      error: { code: "pipeline.stopped" },
    });
    const disabled = { ...desired({}), enabled: false };
    expect(report({ ...stopped, held: { revision: 1, desired: disabled } })).toMatchObject({
      state: "stopped",
      error: { code: "none" },
    });
    expect(report({ ...stopped, quarantined: true })?.state).toBe("quarantined");
  });

  it("passes on that the pipeline cannot tell", () => {
    expect(report({ entry: { ...entry, state: "unknown" } })).toMatchObject({
      state: "unknown",
      error: { code: "none" },
    });
  });

  it("stays below 4.5 KB: the error's text gives way first", () => {
    const failure = { code: "native.refused", text: "é".repeat(512) };
    const url = `rtsp://cam/${"x".repeat(2000)}`;
    const held = {
      revision: 1,
      desired: { ...desired({}), source: { ...desired({}).source, url } },
    };
    const output = { ...entry.output, rtspUrl: "x".repeat(1200) };
    const told = report({ failure, held, entry: { ...entry, output } });
    expect(jsonBytes(told)).toBeLessThanOrEqual(reportBytesMax);
    expect(told?.applied.url).toBe(url);
    expect(told?.error.code).toBe("native.refused");
    expect(told?.error.text).toMatch(/^é+$/);
  });

  it("stays below 4.5 KB with a file's name that is as long as the box took it", () => {
    const told = report({ settings: { "tracker.configPath": `/${"x".repeat(9_000)}` } });
    expect(told?.applied.settings).toEqual({ "tracker.configPath": longSetting });
  });

  it("stays below 4.5 KB with more regions than anybody could ask for", () => {
    const rois = Array.from({ length: 64 }, (_, n) => ({
      id: `${n}`.padEnd(127, "x"),
      left: 0,
      top: 0,
      width: 1,
      height: 1,
    }));
    const told = report({
      failure: { code: "native.refused", text: "no" },
      settings: { "detector.rois": rois, "detector.interval": 1 },
      drift: { "detector.rois": [] },
    });
    expect(told?.applied.settings).toEqual({
      "detector.rois": longSetting,
      "detector.interval": 1,
    });
    expect(told?.drift).toEqual({ "detector.rois": [] });
    expect(jsonBytes(told)).toBeLessThanOrEqual(reportBytesMax);
    expect(StreamReport.safeParse(told).error).toBeUndefined();
  });
});
