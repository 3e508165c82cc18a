import type { DeviceReport } from "@sightline/contracts/device-report";
import { noError } from "@sightline/contracts/stream-report";
import { expect, test } from "vitest";
import { makeDeviceReport } from "../../test/fixtures.ts";
import type { Device, StoredDeviceReport } from "./device.ts";
import { deviceDelta, wishDelta } from "./delta.ts";

const setting = "mux.batchedPushTimeoutUs";
const wish: NonNullable<Device["wish"]> = {
  pipeline: "running",
  settings: { [setting]: 33_000 },
  revision: 2,
  desiredAtMs: 1,
  desiredBy: "admin",
  requestId: "evt_1",
};

/** The wish is carried out unless the test says otherwise. */
const reportOf = (
  answer: Partial<DeviceReport["wish"]> = {},
  unmanaged: DeviceReport["unmanaged"] = [],
): StoredDeviceReport =>
  makeDeviceReport({
    unmanaged,
    wish: { revision: 2, error: noError, settings: { [setting]: 33_000 }, ...answer },
  });

test.each([
  [
    "that has not reported",
    undefined,
    {
      revision: { desired: 2, reported: 0 },
      settings: { [setting]: { desired: 33_000, applied: "unknown" } },
    },
  ],
  [
    "that has refused a setting",
    reportOf({ settings: { [setting]: 16_000 } }),
    { settings: { [setting]: { desired: 33_000, applied: 16_000 } } },
  ],
  [
    "that has answered an older revision with the same values",
    reportOf({ revision: 1 }),
    { revision: { desired: 2, reported: 1 } },
  ],
  ["that has done all", reportOf(), {}],
])("a device %s differs in just that", (_, own, delta) => {
  expect(wishDelta({ wish, own })).toEqual(delta);
});

test("a device of which nothing was asked does not differ, whatever it reports", () => {
  expect(wishDelta({ wish: undefined, own: reportOf() })).toEqual({});
});

test("streams that nobody asked for are in the delta by their local names", () => {
  const own = reportOf({}, [{ localName: "stranger", url: "", hasCredentials: false }]);
  const state = { wish, own, streams: [], reportOf: new Map() };
  expect(deviceDelta(state)).toEqual({ unmanaged: ["stranger"] });
});
