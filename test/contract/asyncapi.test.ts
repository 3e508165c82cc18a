/** The AsyncAPI document as it is committed, held against contracts and against the policy that devices have. */
import { readFileSync } from "node:fs";
import { commandKinds } from "@sightline/contracts/commands";
import { devicePolicy } from "@sightline/contracts/device-policy";
import { DeviceReport } from "@sightline/contracts/device-report";
import { thingName } from "@sightline/contracts/ids";
import { mqttChannels } from "@sightline/contracts/mqtt-messages";
import { DeviceDesired, StreamDesired } from "@sightline/contracts/desired-state";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import { StreamReport } from "@sightline/contracts/stream-report";
import {
  shadowTopics,
  topicFamilies,
  topicLeaves,
  topics,
  type TopicFamily,
} from "@sightline/contracts/topics";
import { parsePolicy, policyAllows, type PolicyAction } from "@sightline/iot-local/policy";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";

interface Document {
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: object }>
  >;
  readonly operations: Readonly<Record<string, { readonly action: string }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload: object; readonly examples: { payload: unknown }[] }>
    >;
  };
}

interface Payload {
  readonly properties: {
    readonly state: { readonly properties: Readonly<Record<string, { properties?: object }>> };
  };
}

const file = new URL("../../packages/contracts/generated/asyncapi.json", import.meta.url);
const document = JSON.parse(readFileSync(file, "utf8")) as Document;

const installation = { app: "sightline", stage: "dev" };
const ulid = "0".repeat(26);
const values: Readonly<Record<string, string>> = {
  ...installation,
  thing: thingName(installation, `dev_${ulid}`),
  commandId: `cmd_${ulid}`,
  stream: `str_${ulid}`,
};
const channels = Object.entries(document.channels).map(([name, { address, messages }]) => ({
  name,
  address,
  topic: address.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => values[parameter] ?? "?"),
  action: document.operations[name]?.action,
  messages: Object.keys(messages),
}));
const ownChannels = channels.flatMap((channel) => {
  const topic = topics.parse(channel.topic);
  return topic ? [{ ...channel, ...topic }] : [];
});

test("it has the topics of contracts, and no others", () => {
  const shadows = channels.filter(({ topic }) => shadowTopics.parse(topic));
  expect(ownChannels.length + shadows.length).toBe(channels.length);
  const families = new Set<TopicFamily>(ownChannels.map(({ family }) => family));
  expect([...families].toSorted()).toEqual([...topicFamilies].toSorted());
  for (const family of topicFamilies) {
    const leaves = ownChannels.filter((channel) => channel.family === family);
    const named = leaves.map(({ leaf }) => leaf).filter((leaf) => leaf !== values["commandId"]);
    expect([family, named.toSorted()]).toEqual([family, [...topicLeaves[family]].toSorted()]);
  }
});

test("it has the kinds of commands and their results, and no others", () => {
  const messagesOf = (family: TopicFamily) =>
    ownChannels
      .filter(({ leaf, ...channel }) => channel.family === family && leaf === values["commandId"])
      .flatMap(({ messages }) => messages);
  expect(messagesOf("cmd").toSorted()).toEqual([...commandKinds].toSorted());
  const results = commandKinds.map((kind) => `${kind}.succeeded`);
  expect(messagesOf("ack").toSorted()).toEqual(["ack", ...results].toSorted());
});

test("it has both shadows, with everything that a box does with them, and no others", () => {
  const found = channels.flatMap(({ topic }) => {
    const shadow = shadowTopics.parse(topic);
    return shadow ? [`${shadow.shadow} ${shadow.leaf}`] : [];
  });
  const leaves = ["get", "update"].flatMap((verb) => [
    verb,
    `${verb}/accepted`,
    `${verb}/rejected`,
  ]);
  const names = [deviceShadow, streamShadow(values["stream"] ?? "")];
  const wanted = names.flatMap((name) =>
    [...leaves, "update/delta"].map((leaf) => `${name} ${leaf}`),
  );
  expect(found.toSorted()).toEqual(wanted.toSorted());
});

test.each([
  ["shadow.device.get.accepted", "desired", DeviceDesired],
  ["shadow.device.get.accepted", "reported", DeviceReport],
  ["shadow.device.update", "reported", DeviceReport],
  ["shadow.stream.get.accepted", "desired", StreamDesired],
  ["shadow.stream.get.accepted", "reported", StreamReport],
  ["shadow.stream.update", "reported", StreamReport],
] as const)("%s describes what is %s", (message, half, { shape }) => {
  const payload = document.components.messages[message]?.payload as Payload;
  const described = payload.properties.state.properties[half]?.properties ?? {};
  expect(Object.keys(described)).toEqual(Object.keys(shape));
});

describe("a box may do what it says", () => {
  const arn = "arn:aws:iot:eu-central-1:123456789012";
  const scope = { region: "eu-central-1", accountId: "123456789012", partition: "aws" };
  const policy = parsePolicy(devicePolicy({ ...installation, ...scope }));
  const thing = values["thing"] ?? "";
  const may = (action: PolicyAction, topic: string): boolean =>
    policyAllows(
      [policy],
      { clientId: thing, thingName: thing },
      { action, resource: `${arn}:topic/${topic}` },
    );

  test.each(channels)("$action $address", ({ action, topic }) => {
    expect(may("iot:Publish", topic)).toBe(action === "send");
    if (action !== "send") expect(may("iot:Receive", topic)).toBe(true);
  });
});

const ajv = new Ajv({ strict: false, validateFormats: false });
const messages = Object.values(mqttChannels).flatMap((channel) => Object.entries(channel.messages));

test("it has every message of the table, and no other", () => {
  const names = messages.map(([name]) => name);
  expect(Object.keys(document.components.messages).toSorted()).toEqual(names.toSorted());
});

test.each(messages)(
  "the examples of %s are what the document and contracts take",
  (name, { payload }) => {
    const described = document.components.messages[name];
    expect(described?.examples.length).toBeGreaterThan(0);
    const validate = ajv.compile(described?.payload ?? false);
    for (const example of described?.examples ?? []) {
      expect([validate(example.payload), validate.errors]).toEqual([true, null]);
      expect(payload.safeParse(example.payload).error).toBeUndefined();
      // What the schema strips, an example must not have.
      expect(payload.parse(example.payload)).toEqual(example.payload);
    }
  },
);
