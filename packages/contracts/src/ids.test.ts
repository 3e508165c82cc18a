import { describe, expect, test } from "vitest";
import { deviceOfThing, idPrefixes, isId, thingName, type IdKind } from "./ids.ts";

const ulid = "01k9x3v4m5n6p7q8r9s0t1v2w3";
const installation = { app: "sightline", stage: "dev" };
const kinds = Object.keys(idPrefixes) as IdKind[];

test.each(kinds)("an id of a %s is recognised, and only as that", (kind) => {
  const id = `${idPrefixes[kind]}_${ulid}`;
  expect(kinds.filter((other) => isId(other, id))).toEqual([kind]);
});

test("no two kinds share a prefix", () => {
  expect(new Set(Object.values(idPrefixes)).size).toBe(kinds.length);
});

test.each([
  ["upper case", `dev_${ulid.toUpperCase()}`],
  ["a letter that ULIDs do not have", `dev_${ulid.slice(1)}u`],
  ["25 characters", `dev_${ulid.slice(1)}`],
  ["27 characters", `dev_${ulid}0`],
  ["something in front", ` dev_${ulid}`],
  ["a line end behind", `dev_${ulid}\n`],
  ["no prefix", ulid],
  ["nothing", ""],
])("an id with %s is none", (_, text) => {
  expect(isId("device", text)).toBe(false);
});

describe("things", () => {
  const device = `dev_${ulid}`;

  test("are named after app, stage and device", () => {
    expect(thingName(installation, device)).toBe(`sightline-dev-${device}`);
    expect(deviceOfThing(installation, thingName(installation, device))).toBe(device);
  });

  test.each([
    ["another stage", `sightline-prod-${device}`],
    ["a stage that ours begins", `sightline-dev2-${device}`],
    ["another app", `other-dev-${device}`],
    ["no id", "sightline-dev-jetson-1"],
    ["an id of another kind", `sightline-dev-str_${ulid}`],
    ["more behind the id", `sightline-dev-${device}-x`],
  ])("of %s are not ours", (_, thing) => {
    expect(deviceOfThing(installation, thing)).toBeUndefined();
  });
});
