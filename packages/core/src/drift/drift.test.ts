import type { DeviceReport } from "@sightline/contracts/device-report";
import { noError } from "@sightline/contracts/stream-report";
import { expect, test } from "vitest";
import { makeDeviceReport } from "../../test/fixtures.ts";
import type { Device, StoredDeviceReport } from "../device/device.ts";
import { driftedDeviceSettings } from "./drift.ts";

const timeout = "mux.batchedPushTimeoutUs";
const interval = "detector.interval";
const settings = { [timeout]: 33_000, [interval]: 3 };
const wish: NonNullable<Device["wish"]> = {
  pipeline: "running",
  settings,
  revision: 2,
  desiredAtMs: 1,
  desiredBy: "admin",
  requestId: "evt_1",
};

/** Of a box with a stream; the wish is carried out unless the test says otherwise. */
const reportOf = (
  answer: Partial<DeviceReport["wish"]>,
  manifest: DeviceReport["manifest"] = { str_1: 1 },
): StoredDeviceReport =>
  makeDeviceReport({
    manifest,
    wish: { revision: 2, error: noError, settings: {}, ...answer },
  });
const changed = { [timeout]: 9, [interval]: 0 };

test("what differs once a wish is carried out was changed on the box", () => {
  expect(driftedDeviceSettings({ wish, own: reportOf({ settings: changed }) })).toEqual([
    { key: interval, desired: 3, applied: 0 },
    { key: timeout, desired: 33_000, applied: 9 },
  ]);
});

test("what only a stream can be given is no drift while the box has none", () => {
  expect(driftedDeviceSettings({ wish, own: reportOf({ settings: changed }, {}) })).toEqual([
    { key: timeout, desired: 33_000, applied: 9 },
  ]);
});

test.each([
  ["that has not reported", undefined],
  ["that has yet to answer a newer revision", reportOf({ revision: 1, settings: changed })],
  ["that has answered one that was not read", reportOf({ revision: 3, settings: changed })],
  [
    "that has refused",
    reportOf({ error: { code: "native.refused", text: "" }, settings: changed }),
  ],
  ["that tells no value", reportOf({})],
  ["that cannot do it", reportOf({ settings: { [timeout]: "unsupported", [interval]: 3 } })],
  ["as it should be", reportOf({ settings })],
])("a device %s has no drift of its own", (_, own) => {
  expect(driftedDeviceSettings({ wish, own })).toEqual([]);
});

test("a device of which nothing was asked has no drift, whatever it reports", () => {
  const own = reportOf({ revision: 0, settings: changed });
  expect(driftedDeviceSettings({ wish: undefined, own })).toEqual([]);
});
