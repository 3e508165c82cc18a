/** What contracts say, held against those who carry it out: the gateway's rules and policies, and the document of errors. */
import { readFileSync } from "node:fs";
import { devicePolicy } from "@sightline/contracts/device-policy";
import { errorTable } from "@sightline/contracts/errors";
import { thingName } from "@sightline/contracts/ids";
import { deviceRules } from "@sightline/contracts/rules";
import { presenceFilter, shadowTopics, topics } from "@sightline/contracts/topics";
import { parsePolicy, policyAllows, type PolicyAction } from "@sightline/iot-local/policy";
import { selectFrom } from "@sightline/iot-local/sql-evaluation";
import { parseSql } from "@sightline/iot-local/sql-parser";
import { matchesFilter } from "@sightline/iot-local/topic";
import { describe, expect, test } from "vitest";

const installation = { app: "sightline", stage: "dev" };
const own = thingName(installation, `dev_${"0".repeat(26)}`);
const other = thingName(installation, `dev_${"1".repeat(26)}`);
const elsewhere = thingName({ ...installation, stage: "prod" }, `dev_${"0".repeat(26)}`);
const topicOf = (family: "cmd" | "ack" | "health" | "evt", thing = own, leaf = "x") =>
  topics.build({ family, ...installation, thing, leaf });

test("the document of errors is the table", () => {
  const file = new URL("../../packages/contracts/ERRORS.md", import.meta.url);
  const rows = readFileSync(file, "utf8").matchAll(
    /^\| `([^`]+)` \| (\d+) \| (yes|no) \| (.*) \|$/gm,
  );
  const listed = [...rows].map(([, code = "", status, retryable, meaning]) => [
    code,
    { status: Number(status), retryable: retryable === "yes", meaning },
  ]);
  expect(listed).toEqual(Object.entries(errorTable));
});

describe("rules", () => {
  const rules = deviceRules(installation);
  /** Names of the rules that take the message, with what they make of it. */
  const taken = (topic: string, body: object) =>
    rules.flatMap(({ name, sql }) => {
      const query = parseSql(sql);
      if (!matchesFilter(query.filter, topic)) return [];
      const message = { topic, body: body as never, timestampMs: 5, clientId: own, principal: "p" };
      const event = selectFrom(query, message);
      return event === undefined ? [] : [[name, event] as const];
    });
  const accepted = (thing: string) => `${shadowTopics.stem(thing, "device")}/update/accepted`;
  const presence = (kind: "connected" | "disconnected", thing: string) =>
    presenceFilter(kind).replace("+", thing);

  test("have names that AWS takes", () => {
    for (const { name } of rules) expect(name).toMatch(/^[a-z_]+$/);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });

  test.each<[string, string, object]>([
    ["reports", accepted(own), { state: { reported: { a: 1 } }, version: 3 }],
    ["acks", topicOf("ack"), { v: 1 }],
    ["health", topicOf("health", own, "report"), { v: 1 }],
    ["events", topicOf("evt", own, "hello"), { v: 1 }],
    ["connected", presence("connected", own), { clientId: own, versionNumber: 0 }],
    ["disconnected", presence("disconnected", own), { clientId: own, versionNumber: 0 }],
  ])("%s takes its message whole, with where and when it came", (name, topic, body) => {
    expect(taken(topic, body)).toEqual([[name, { ...body, topic, receivedAtMs: 5 }]]);
  });

  test("certificates takes what is said of them, with the certificate that it came by, and alone", () => {
    const topic = topicOf("evt", own, "certificate");
    expect(taken(topic, { v: 1, principal: "another" })).toEqual([
      ["certificates", { v: 1, topic, receivedAtMs: 5, principal: "p" }],
    ]);
    const targets = rules.filter(({ target }) => target === "enrol").map(({ name }) => name);
    expect(targets).toEqual(["certificates"]);
  });

  test.each<[string, string, object]>([
    ["a report of another stage", accepted(elsewhere), { state: { reported: {} } }],
    ["what the cloud itself wrote", accepted(own), { state: { desired: {} } }],
    [
      "a rejected update",
      accepted(own).replace("accepted", "rejected"),
      { state: { reported: {} } },
    ],
    [
      "a shadow without a name",
      `$aws/things/${own}/shadow/update/accepted`,
      { state: { reported: {} } },
    ],
    ["a command", topicOf("cmd"), {}],
    ["an ack of another stage", topicOf("ack").replace("/dev/", "/prod/"), {}],
    ["who connects to another stage", presence("connected", elsewhere), { clientId: elsewhere }],
    ["who connects to another app", presence("connected", "other"), { clientId: "other" }],
  ])("none takes %s", (_, topic, body) => {
    expect(taken(topic, body)).toEqual([]);
  });
});

describe("the policy of devices", () => {
  const arn = "arn:aws:iot:eu-central-1:123456789012";
  const policy = parsePolicy(
    devicePolicy({
      ...installation,
      region: "eu-central-1",
      accountId: "123456789012",
      partition: "aws",
    }),
  );
  /** A certificate that is attached to the thing, unless `attached` is false. */
  const may = (action: PolicyAction, resource: string, attached = true): boolean => {
    const subject = { clientId: own, ...(attached && { thingName: own }) };
    return policyAllows([policy], subject, { action, resource: `${arn}:${resource}` });
  };
  const shadow = (thing: string, leaf: string) => shadowTopics.stem(thing, "stream-x") + leaf;

  const doings = (thing: string): [PolicyAction, string][] => [
    ["iot:Connect", `client/${thing}`],
    ["iot:Publish", `topic/${topicOf("ack", thing)}`],
    ["iot:Publish", `topic/${topicOf("health", thing, "report")}`],
    ["iot:Publish", `topic/${topicOf("evt", thing, "hello")}`],
    ["iot:Publish", `topic/${shadow(thing, "/get")}`],
    ["iot:Publish", `topic/${shadow(thing, "/update")}`],
    ["iot:Subscribe", `topicfilter/${topics.filter("cmd", installation, thing)}`],
    ["iot:Subscribe", `topicfilter/${shadowTopics.stem(thing, "+")}/update/delta`],
    ["iot:Subscribe", `topicfilter/${shadowTopics.stem(thing, "+")}/get/accepted`],
    ["iot:Receive", `topic/${topicOf("cmd", thing)}`],
    ["iot:Receive", `topic/${shadow(thing, "/update/delta")}`],
  ];

  test.each(doings(own))("lets a device %s %s", (action, resource) => {
    expect(may(action, resource)).toBe(true);
  });

  test.each([...doings(other), ...doings(elsewhere)])(
    "does not let it %s %s",
    (action, resource) => {
      expect(may(action, resource)).toBe(false);
    },
  );

  test.each(doings(own))(
    "does not let a certificate without its thing %s %s",
    (action, resource) => {
      expect(may(action, resource, false)).toBe(false);
    },
  );

  test.each<[PolicyAction, string]>([
    ["iot:Publish", `topic/${topicOf("cmd")}`],
    ["iot:Publish", `topic/${topicOf("health", own, "other")}`],
    ["iot:Publish", `topic/${shadow(own, "/delete")}`],
    ["iot:Publish", `topic/$aws/things/${own}/shadow/update`],
    ["iot:RetainPublish", `topic/${topicOf("evt")}`],
    ["iot:Subscribe", "topicfilter/#"],
    ["iot:Subscribe", `topicfilter/${topics.filter("cmd", installation)}`],
    ["iot:Subscribe", `topicfilter/${topics.filter("ack", installation, own)}`],
    ["iot:Subscribe", "topicfilter/$aws/things/+/shadow/name/+/get/accepted"],
    ["iot:Receive", `topic/${topicOf("ack")}`],
  ])("does not let it %s %s", (action, resource) => {
    expect(may(action, resource)).toBe(false);
  });
});
