import { expect, test } from "vitest";
import { effectiveSettings, settingKeys, settingsTable, StreamSettings } from "./settings.ts";

const streamKeys = settingKeys.filter((key) => settingsTable[key].scope === "stream");

test("a stream takes exactly the settings of its scope", () => {
  expect(Object.keys(StreamSettings.shape).toSorted()).toEqual(streamKeys.toSorted());
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
])("settings %j are valid: %s", (settings, valid) => {
  expect(StreamSettings.safeParse(settings).success).toBe(valid);
});
