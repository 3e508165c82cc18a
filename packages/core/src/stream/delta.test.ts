import { describe, expect, test } from "vitest";
import { makeReport, makeStream } from "../../test/fixtures.ts";
import { isInSync, streamDelta, type StreamDelta } from "./delta.ts";
import type { StoredStreamReport, Stream } from "./stream.ts";

const setting = "decoder.dropFrameInterval";
/** Of a stream or of its device. */
const shared = "detector.interval";
const applied = (value?: number | string) => ({
  applied: { url: "", settings: value === undefined ? {} : { [setting]: value } },
});
const stream = makeStream({ revision: 3, settings: { [setting]: 5 } });

describe("a stream differs", () => {
  test.each<[string, Stream, StoredStreamReport | undefined, StreamDelta]>([
    [
      "in everything before its device has answered",
      stream,
      undefined,
      {
        revision: { desired: 3, reported: 0 },
        settings: { [setting]: { desired: 5, applied: "unknown" } },
      },
    ],
    [
      "by its revision until that is answered",
      stream,
      makeReport(stream, { revision: 2, ...applied(5) }),
      { revision: { desired: 3, reported: 2 } },
    ],
    [
      "by a setting that was refused",
      stream,
      makeReport(stream, applied(0)),
      { settings: { [setting]: { desired: 5, applied: 0 } } },
    ],
    [
      "by a setting that the device does not speak of",
      stream,
      makeReport(stream, applied()),
      { settings: { [setting]: { desired: 5, applied: "unknown" } } },
    ],
    [
      "by a setting that is not set and not at its default",
      makeStream(),
      makeReport(makeStream(), applied(3)),
      { settings: { [setting]: { desired: 0, applied: 3 } } },
    ],
    [
      "by its revision alone while it is disabled",
      { ...stream, enabled: false },
      undefined,
      { revision: { desired: 3, reported: 0 } },
    ],
    [
      "from what another device said, as from nothing",
      stream,
      makeReport(stream, { device: "dev_2", ...applied(5) }),
      {
        revision: { desired: 3, reported: 0 },
        settings: { [setting]: { desired: 5, applied: "unknown" } },
      },
    ],
    [
      "by a setting that was changed on the box, though it was the device's",
      makeStream(),
      makeReport(makeStream(), {
        applied: { url: "", settings: { [shared]: 7 } },
        drift: { [shared]: 2 },
      }),
      { settings: { [shared]: { desired: 2, applied: 7 } } },
    ],
  ])("%s", (_, ...[wanted, report, delta]) => {
    expect(streamDelta(wanted, report)).toEqual(delta);
    expect(isInSync(streamDelta(wanted, report))).toBe(false);
  });
});

describe("a stream does not differ", () => {
  test.each([
    [
      "by settings while its pipeline is stopped",
      stream,
      makeReport(stream, { state: "stopped", ...applied() }),
    ],
    [
      "by a setting that it has from its device",
      makeStream(),
      makeReport(makeStream(), { applied: { url: "", settings: { [shared]: 2 } } }),
    ],
    ["once all is applied", stream, makeReport(stream, applied(5))],
    [
      "by a setting that is not set and that an older device does not know",
      makeStream(),
      makeReport(makeStream(), applied()),
    ],
    ["when a default was applied", makeStream(), makeReport(makeStream(), applied(0))],
    [
      "from a report of a later revision",
      stream,
      makeReport(stream, { revision: 4, ...applied(5) }),
    ],
    ["while it waits for a device", { ...stream, placement: { epoch: 2 } }, undefined],
    [
      "by settings while it is disabled",
      { ...stream, enabled: false },
      makeReport(stream, applied()),
    ],
  ])("%s", (_, wanted, report) => {
    expect(streamDelta(wanted, report)).toEqual({});
    expect(isInSync(streamDelta(wanted, report))).toBe(true);
  });
});
