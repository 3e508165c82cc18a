import { expect, test } from "vitest";
import {
  DeviceSettings,
  effectiveSettings,
  hasScope,
  sameSetting,
  settingKeys,
  settingsTable,
  StreamSettings,
} from "./settings.ts";

test.each([
  ["stream", StreamSettings, "mux.maxLatencyNs"],
  ["device", DeviceSettings, "detector.rois"],
] as const)("a %s takes exactly the settings of its scope", (scope, settings, other) => {
  const keys = settingKeys.filter((key) => hasScope(key, scope));
  expect(Object.keys(settings.shape).toSorted()).toEqual(keys.toSorted());
  expect(keys).not.toContain(other);
  expect(settings.safeParse({ [other]: settingsTable[other].default }).success).toBe(false);
});

test("a stream's value comes before the device's, and that before the default", () => {
  const interval = "detector.interval";
  expect(effectiveSettings({}, { [interval]: 2 })[interval]).toBe(2);
  expect(effectiveSettings({ [interval]: 0 }, { [interval]: 2 })[interval]).toBe(0);
});

test("lists are the same in whatever order the keys of their objects come", () => {
  const rois = [{ id: "1", left: 0, top: 1, width: 2, height: 3 }];
  const turned = [{ height: 3, width: 2, top: 1, left: 0, id: "1" }];
  expect(sameSetting(rois, turned)).toBe(true);
  expect(sameSetting(rois, [{ ...turned[0], id: "2" }])).toBe(false);
  expect(sameSetting(rois, [...turned, ...turned])).toBe(false);
});

test.each(settingKeys)("%s: the default has the type", (key) => {
  expect(settingsTable[key].type.safeParse(settingsTable[key].default).success).toBe(true);
});

test("what is not set stands at its default, what is set stays", () => {
  const defaults = Object.fromEntries(settingKeys.map((key) => [key, settingsTable[key].default]));
  expect(effectiveSettings({})).toEqual(defaults);
  expect(effectiveSettings({ "decoder.dropFrameInterval": 3 })).toEqual({
    ...defaults,
    "decoder.dropFrameInterval": 3,
  });
});

test.each([
  [{ "decoder.dropFrameInterval": 0 }, true],
  [{ "decoder.dropFrameInterval": 30 }, true],
  [{}, true],
  [{ "encoder.codec": "h265" }, true],
  [{ "encoder.codec": "av1" }, false],
  [{ "encoder.codec": 1 }, false],
  [{ "decoder.dropFrameInterval": 31 }, false],
  [{ "decoder.dropFrameInterval": -1 }, false],
  [{ "decoder.dropFrameInterval": 1.5 }, false],
  [{ "decoder.dropFrameInterval": "1" }, false],
  [{ "decoder.dropFrameInterval": null }, false],
  [{ "decoder.dropframeinterval": 1 }, false],
  [{ "converter.srcCrop": "1:2:3:4" }, true],
  [{ "converter.srcCrop": "1:2:3" }, false],
  [{ "converter.srcCrop": "1:2:3:4 " }, false],
  [{ "detector.kinds": [] }, true],
  [{ "detector.kinds": ["face", "face"] }, false],
  [{ "detector.rois": [{ id: "1", left: 0, top: 0, width: 1, height: 1 }] }, true],
  [{ "detector.rois": [{ id: "1", left: 0, top: 0, width: 0, height: 1 }] }, false],
  [{ "encoder.iframeInterval": "auto" }, true],
  [{ "encoder.iframeInterval": 257 }, false],
  [{ "encoder.bitrate": 0 }, false],
])("settings %j are valid: %s", (settings, valid) => {
  expect(StreamSettings.safeParse(settings).success).toBe(valid);
});
