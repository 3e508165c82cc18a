import { describe, expect, test } from "vitest";
import { limits } from "./limits.ts";
import {
  presenceFilter,
  shadowTopics,
  topicFamilies,
  topics,
  type Topic,
  type TopicFamily,
} from "./topics.ts";

const installation = { app: "sightline", stage: "dev" };
const thing = "sightline-dev-dev_01k9x3v4m5n6p7q8r9s0t1v2w3";
const leaves: Record<TopicFamily, string> = {
  cmd: "cmd_01k9x3v4m5n6p7q8r9s0t1v2w3",
  ack: "cmd_01k9x3v4m5n6p7q8r9s0t1v2w3",
  health: "report",
  evt: "hello",
};
const topicOf = (family: TopicFamily): Topic => ({
  family,
  ...installation,
  thing,
  leaf: leaves[family],
});

/** As a broker matches. [MQTT 3.1.1, 4.7] */
const matches = (filter: string, topic: string): boolean =>
  new RegExp(`^${filter.replaceAll("$", "\\$").replaceAll("+", "[^/]+")}$`).test(topic);

describe.each(topicFamilies)("a topic of %s", (family) => {
  const topic = topics.build(topicOf(family));

  test("is read back as it was built", () => {
    expect(topic).toBe(`${family}/sightline/dev/${thing}/${leaves[family]}`);
    expect(topics.parse(topic)).toEqual(topicOf(family));
  });

  test("has five segments, and what AWS allows of bytes and slashes", () => {
    expect(topic.split("/")).toHaveLength(5);
    expect(Buffer.byteLength(topic)).toBeLessThanOrEqual(limits.topicBytesMax);
    expect(topic.split("/").length - 1).toBeLessThanOrEqual(limits.topicSlashesMax);
  });

  test("matches the filters of its family for its thing and for the stage, and no other", () => {
    for (const other of topicFamilies)
      for (const filter of [
        topics.filter(other, installation),
        topics.filter(other, installation, thing),
      ])
        expect([filter, matches(filter, topic)]).toEqual([filter, other === family]);
    expect(matches(topics.filter(family, installation, "other"), topic)).toBe(false);
    expect(matches(topics.filter(family, { ...installation, stage: "prod" }), topic)).toBe(false);
    expect(matches(topics.filter(family, { ...installation, app: "other" }), topic)).toBe(false);
  });
});

test.each(["app", "stage", "thing", "leaf"] as const)(
  "no %s may break out of its place",
  (part) => {
    for (const text of ["", "a/b", "+", "#", "a#", "$aws", "A", "ü", "a b", "a\n", "a.b"])
      expect(() => topics.build({ ...topicOf("ack"), [part]: text })).toThrow(TypeError);
  },
);

test.each([
  ["", "nothing"],
  ["ack/sightline/dev/thing", "four segments"],
  ["ack/sightline/dev/thing/leaf/more", "six segments"],
  ["/ack/sightline/dev/thing/leaf", "a leading slash"],
  ["ack/sightline/dev/thing/", "an empty leaf"],
  ["ack//dev/thing/leaf", "an empty app"],
  ["log/sightline/dev/thing/leaf", "another family"],
  ["ACK/sightline/dev/thing/leaf", "a family in capitals"],
  ["$aws/things/thing/shadow/get", "a shadow"],
])("%j is no topic of ours: %s", (text) => {
  expect(topics.parse(text)).toBeUndefined();
});

describe("shadow topics", () => {
  test("are read back as they were built", () => {
    const stem = shadowTopics.stem(thing, "stream-str_1");
    expect(shadowTopics.parse(`${stem}/update/accepted`)).toEqual({
      thing,
      shadow: "stream-str_1",
      leaf: "update/accepted",
    });
    expect(shadowTopics.parse(`${stem}/get`)?.leaf).toBe("get");
  });

  test.each([
    "$aws/things/t/shadow/update/accepted",
    "$aws/things/t/shadow/name/s",
    "$aws/things/t/shadow/name/s/",
    "$aws/things/a/b/shadow/name/s/get",
    "aws/things/t/shadow/name/s/get",
    "x$aws/things/t/shadow/name/s/get",
  ])("%s is none", (topic) => {
    expect(shadowTopics.parse(topic)).toBeUndefined();
  });
});

test("presence filters match the events of any client", () => {
  expect(matches(presenceFilter("connected"), `$aws/events/presence/connected/${thing}`)).toBe(
    true,
  );
  expect(matches(presenceFilter("connected"), `$aws/events/presence/disconnected/${thing}`)).toBe(
    false,
  );
});
