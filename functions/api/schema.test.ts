import { limits } from "@sightline/contracts/limits";
import { describe, expect, test } from "vitest";
import {
  kindsForPeople,
  NewCommand,
  NewDevice,
  NewSite,
  NewStream,
  StreamDocument,
} from "./schema.ts";

test("people can give exactly the commands that are theirs", () => {
  const offered = NewCommand.options.map(({ shape }) => shape.kind.value);
  expect(offered.toSorted()).toEqual(kindsForPeople.toSorted());
});

const source = { url: "rtsp://cam/1" };

describe("names of streams", () => {
  test.each<[string, boolean]>([
    ["door", true],
    ["hall/door 1", true],
    ["a/b/c/d", true],
    ["ü", true],
    ["x".repeat(limits.nameCharactersMax), true],
    ["x".repeat(limits.nameCharactersMax + 1), false],
    ["", false],
    ["/door", false],
    ["door/", false],
    ["a//b", false],
    [" door", false],
    ["door ", false],
    ["do\nor", false],
    ["do\u007for", false],
  ])("%j: %s", (name, valid) => {
    expect(NewStream.safeParse({ name, source }).success).toBe(valid);
  });
});

describe("names of devices are hostnames, as are those of sites", () => {
  test.each<[string, boolean]>([
    ["jetson-1", true],
    ["a", true],
    ["x".repeat(63), true],
    ["x".repeat(64), false],
    ["-a", false],
    ["a-", false],
    ["A", false],
    ["a.b", false],
    ["a_b", false],
    ["", false],
    ["a\n", false],
  ])("%j: %s", (name, valid) => {
    expect(NewDevice.safeParse({ name, site: 1 }).success).toBe(valid);
    expect(NewSite.safeParse({ name }).success).toBe(valid);
  });
});

describe("labels", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, "x"]));
  test.each<[string, unknown, boolean]>([
    ["none", {}, true],
    ["as many as there may be", many(limits.labelsMax), true],
    ["one too many", many(limits.labelsMax + 1), false],
    ["a key with a space", { "a b": "x" }, false],
    ["a number", { a: 1 }, false],
    ["a long value", { a: "x".repeat(257) }, false],
  ])("%s", (_, labels, valid) => {
    expect(NewStream.safeParse({ name: "a", source, labels }).success).toBe(valid);
  });
});

test.each([
  [NewStream, { name: "a", source, titel: "x" }],
  [NewStream, { name: "a", source: { ...source, user: "x" } }],
  [NewStream, { name: "a", source, settings: { "decoder.dropframeInterval": 1 } }],
  [NewDevice, { name: "a", site: 1, id: "x" }],
  [NewSite, { name: "a", id: 1 }],
  [NewCommand, { kind: "stream.stats", args: { stream: "a", x: 1 } }],
  [NewCommand, { kind: "stream.snapshot", args: { stream: "a", uploadUrl: "https://a" } }],
])("a field that is not known is refused (%#)", (schema, value) => {
  expect(schema.safeParse(value).success).toBe(false);
});

test("what a patch takes away from a stream gets its default", () => {
  expect(StreamDocument.parse({ localName: "a", source })).toEqual({
    title: "",
    labels: {},
    localName: "a",
    enabled: true,
    source,
    settings: {},
    folder: null,
    device: null,
  });
});
