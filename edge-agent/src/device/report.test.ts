import { expect, it } from "vitest";
import { DeviceReport } from "@sightline/contracts/device-report";
import { settingKeys } from "@sightline/contracts/settings";
import type { Unmanaged } from "../plan.ts";
import { jsonBytes, reportBytesMax } from "../stream/report-size.ts";
import { deviceReport } from "./report.ts";

const report = (unmanaged: Record<string, Unmanaged>, streams = 1): DeviceReport =>
  deviceReport({
    manifest: Object.fromEntries(
      Array.from({ length: streams }, (_, n) => [`str_${String(n).padStart(26, "0")}`, 1]),
    ),
    bootId: "boot",
    pipeline: {
      about: {
        version: "v".repeat(100),
        backend: "stock",
        release: "8.0",
        controls: Object.fromEntries(settingKeys.map((key) => [key, "device" as const])),
      },
      state: "running",
      restarts: 1,
    },
    wish: { revision: 0, error: { code: "none", text: "" }, settings: {} },
    unmanaged: new Map(Object.entries(unmanaged)),
    atMs: 1,
  });

it("lists what somebody has put in, and no half of a URL", () => {
  const long = `rtsp://cam/${"x".repeat(600)}`;
  expect(
    report({
      door: { url: "rtsp://cam/1", hasCredentials: false },
      yard: { url: long, hasCredentials: true },
    }).unmanaged,
  ).toEqual([
    { localName: "door", url: "rtsp://cam/1", hasCredentials: false },
    { localName: "yard", url: "", hasCredentials: true },
  ]);
});

it("stays so small that it fits into the shadow beside what is desired", () => {
  const strangers = Array.from({ length: 40 }, (_, n): [string, Unmanaged] => [
    `camera-${n}`,
    { url: `rtsp://cam/${"x".repeat(n === 0 ? 5 : 480)}`, hasCredentials: false },
  ]);
  for (const streams of [0, 64]) {
    const told = report(Object.fromEntries(strangers), streams);
    expect(DeviceReport.safeParse(told).error).toBeUndefined();
    expect(told.unmanaged.length).toBeGreaterThan(0);
    expect(jsonBytes(told)).toBeLessThanOrEqual(reportBytesMax);
  }
});
