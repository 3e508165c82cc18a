import { limits } from "@sightline/contracts/limits";
import { describe, expect, test } from "vitest";
import { makeDevice } from "../../test/fixtures.ts";
import type { Device } from "../device/device.ts";
import { freeSlot, place, type PlacementWish } from "./placement.ts";

const slots = (count: number): number[] => Array.from({ length: count }, (_, slot) => slot);
/** A device without an identity. */
const { identity: _identity, ...neverEnrolled } = makeDevice({ name: "new" });

describe("a stream goes to", () => {
  const busy = makeDevice({ name: "busy", slots: [0, 1] });
  const older = makeDevice({ name: "older", slots: [0] });
  const newer = makeDevice({ name: "newer", slots: [3] });
  const elsewhere = makeDevice({ name: "elsewhere", site: 2 });
  const full = makeDevice({ name: "full", slots: slots(limits.streamsPerDeviceMax) });
  const last = makeDevice({ name: "last", slots: slots(limits.streamsPerDeviceMax - 1) });

  test.each<[string, PlacementWish, readonly Device[], string, number]>([
    ["the device with the fewest streams", { site: 1 }, [busy, older], "older", 1],
    ["the older one on a tie", { site: 1 }, [newer, older], "older", 1],
    ["its site alone", { site: 1 }, [elsewhere, busy], "busy", 2],
    ["any site when it names none", {}, [elsewhere, busy], "elsewhere", 0],
    ["a device that has enrolled", { site: 1 }, [neverEnrolled, busy], "busy", 2],
    ["a device with room", { site: 1 }, [full, last], "last", limits.streamsPerDeviceMax - 1],
    ["the smallest slot that is free", { site: 1 }, [newer], "newer", 0],
  ])("%s", (_, ...[wish, devices, name, slot]) => {
    const outcome = place(wish, devices);
    expect(outcome).toMatchObject({ kind: "placed", device: { name }, slot });
    expect(place(wish, devices.toReversed())).toEqual(outcome);
  });

  test("none, and is told why for each", () => {
    expect(place({ site: 1 }, [full, neverEnrolled, elsewhere])).toEqual({
      kind: "waiting",
      reasons: { full: "device-full", new: "not-enrolled", elsewhere: "other-site" },
    });
    expect(place({ site: 1 }, [])).toEqual({ kind: "waiting", reasons: {} });
  });
});

test.each([
  [[], 0],
  [[0, 1, 2], 3],
  [[1, 2], 0],
  [[0, 2], 1],
  [[2, 0, 1, 63], 3],
])("of slots %j taken, the next is %i", (taken, slot) => {
  expect(freeSlot({ slots: taken })).toBe(slot);
});
