import { describe, expect, test } from "vitest";
import { type PolicyAction, type PolicySubject, parsePolicy, policyAllows } from "./policy.ts";

const arn = "arn:aws:iot:local:000000000000";
const subject: PolicySubject = { clientId: "cam-1", thingName: "cam-1", commonName: "cam-1.local" };
const stranger: PolicySubject = { clientId: "cam-1" };

type Asked = [action: PolicyAction, resource: string, who: PolicySubject, expected: boolean];

const document = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (action: string | string[], resource: string | string[]): object => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
});
const deny = (action: string, resource: string): object => ({
  ...allow(action, resource),
  Effect: "Deny",
});

describe("a policy", () => {
  test.each<[string, object[], Asked]>([
    [
      "allows the very resource",
      [allow("iot:Publish", `${arn}:topic/a/b`)],
      ["iot:Publish", "topic/a/b", subject, true],
    ],
    [
      "denies by default",
      [allow("iot:Publish", `${arn}:topic/a/b`)],
      ["iot:Publish", "topic/a/c", subject, false],
    ],
    [
      "denies another action",
      [allow("iot:Publish", `${arn}:topic/a`)],
      ["iot:Receive", "topic/a", subject, false],
    ],
    [
      "denies another kind of resource",
      [allow("iot:*", `${arn}:topic/a`)],
      ["iot:Subscribe", "topicfilter/a", subject, false],
    ],
    [
      "lets a Deny win, before",
      [deny("iot:Publish", `${arn}:topic/a/secret`), allow("iot:Publish", `${arn}:topic/a/*`)],
      ["iot:Publish", "topic/a/secret", subject, false],
    ],
    [
      "lets a Deny win, after",
      [allow("iot:Publish", `${arn}:topic/a/*`), deny("iot:*", `${arn}:topic/a/secret`)],
      ["iot:Publish", "topic/a/secret", subject, false],
    ],
    [
      "matches * across levels",
      [allow("iot:Publish", `${arn}:topic/a/*`)],
      ["iot:Publish", "topic/a/b/c", subject, true],
    ],
    [
      "matches * against nothing",
      [allow("iot:Publish", `${arn}:topic/a*`)],
      ["iot:Publish", "topic/a", subject, true],
    ],
    [
      "matches * in the middle",
      [allow("iot:Publish", `${arn}:topic/a/*/z`)],
      ["iot:Publish", "topic/a/b/y/z", subject, true],
    ],
    [
      "backtracks",
      [allow("iot:Publish", `${arn}:topic/*ab*abc`)],
      ["iot:Publish", "topic/xababab-abc", subject, true],
    ],
    [
      "matches ? against one character",
      [allow("iot:Publish", `${arn}:topic/a?c`)],
      ["iot:Publish", "topic/abc", subject, true],
    ],
    [
      "matches ? against no less than one",
      [allow("iot:Publish", `${arn}:topic/a?c`)],
      ["iot:Publish", "topic/ac", subject, false],
    ],
    [
      "takes + and # as plain characters",
      [allow("iot:Subscribe", `${arn}:topicfilter/a/+/c`)],
      ["iot:Subscribe", "topicfilter/a/b/c", subject, false],
    ],
    [
      "matches a filter by its own text",
      [allow("iot:Subscribe", `${arn}:topicfilter/a/+/c`)],
      ["iot:Subscribe", "topicfilter/a/+/c", subject, true],
    ],
    [
      "matches * against a wildcard filter",
      [allow("iot:Subscribe", `${arn}:topicfilter/a/*`)],
      ["iot:Subscribe", "topicfilter/a/#", subject, true],
    ],
    [
      "takes * as any resource",
      [allow("iot:Connect", "*")],
      ["iot:Connect", "client/x", subject, true],
    ],
    [
      "takes * as any action",
      [allow("*", `${arn}:client/*`)],
      ["iot:Connect", "client/x", subject, true],
    ],
    [
      "matches iot:Pub* by action",
      [allow("iot:Pub*", `${arn}:topic/a`)],
      ["iot:Publish", "topic/a", subject, true],
    ],
    [
      "refuses another account",
      [allow("iot:Publish", "arn:aws:iot:local:111111111111:topic/a")],
      ["iot:Publish", "topic/a", subject, false],
    ],
    [
      "takes any account by *",
      [allow("iot:Publish", "arn:aws:iot:*:*:topic/a")],
      ["iot:Publish", "topic/a", subject, true],
    ],
    [
      "puts in the thing name",
      [allow("iot:Publish", `${arn}:topic/d/\${iot:Connection.Thing.ThingName}/up`)],
      ["iot:Publish", "topic/d/cam-1/up", subject, true],
    ],
    [
      "keeps things apart",
      [allow("iot:Publish", `${arn}:topic/d/\${iot:Connection.Thing.ThingName}/up`)],
      ["iot:Publish", "topic/d/cam-2/up", subject, false],
    ],
    [
      "ignores a statement whose variable is unknown",
      [allow("iot:Publish", `${arn}:topic/d/\${iot:Connection.Thing.ThingName}/up`)],
      ["iot:Publish", "topic/d/cam-1/up", stranger, false],
    ],
    [
      "ignores a Deny whose variable is unknown",
      [
        allow("iot:Publish", "*"),
        deny("iot:Publish", `${arn}:topic/\${iot:Certificate.Subject.CommonName}`),
      ],
      ["iot:Publish", "topic/a", stranger, true],
    ],
    [
      "puts in the client id",
      [allow("iot:Connect", `${arn}:client/\${iot:ClientId}`)],
      ["iot:Connect", "client/cam-1", stranger, true],
    ],
    [
      "puts in the common name",
      [allow("iot:Connect", `${arn}:client/\${iot:Certificate.Subject.CommonName}`)],
      ["iot:Connect", "client/cam-1.local", subject, true],
    ],
    [
      "takes a * in a client id as a star",
      [allow("iot:Publish", `${arn}:topic/\${iot:ClientId}/x`)],
      ["iot:Publish", "topic/victim/x", { clientId: "*" }, false],
    ],
    [
      "takes ${*} as a star",
      [allow("iot:Publish", `${arn}:topic/\${*}`)],
      ["iot:Publish", "topic/a", subject, false],
    ],
    [
      "knows IsAttached",
      [
        {
          ...allow("iot:Connect", "*"),
          Condition: { Bool: { "iot:Connection.Thing.IsAttached": ["true"] } },
        },
      ],
      ["iot:Connect", "client/cam-1", subject, true],
    ],
    [
      "knows IsAttached of a stranger",
      [
        {
          ...allow("iot:Connect", "*"),
          Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } },
        },
      ],
      ["iot:Connect", "client/cam-1", stranger, false],
    ],
  ])("%s", (_name, statements, [action, resource, who, expected]) => {
    const policy = parsePolicy(document(...statements));
    expect(policyAllows([policy], who, { action, resource: `${arn}:${resource}` })).toBe(expected);
  });

  test("joins several policies, and a Deny in one wins over an Allow in another", () => {
    const policies = [allow("iot:*", "*"), deny("iot:Publish", `${arn}:topic/no`)].map((one) =>
      parsePolicy(document(one)),
    );
    const ask = (topic: string): boolean =>
      policyAllows(policies, subject, { action: "iot:Publish", resource: `${arn}:topic/${topic}` });
    expect([ask("yes"), ask("no")]).toEqual([true, false]);
  });

  test("is matched without exponential time", () => {
    const policy = parsePolicy(document(allow("iot:Publish", `${arn}:topic/${"*a".repeat(60)}`)));
    const resource = `${arn}:topic/${"a".repeat(200)}b`;
    expect(policyAllows([policy], subject, { action: "iot:Publish", resource })).toBe(false);
  });

  test.each([
    ["text that is not JSON", "{"],
    ["another version", '{"Version":"2008-10-17","Statement":[]}'],
    ["no statement", '{"Version":"2012-10-17","Statement":[]}'],
    ["an unknown effect", document({ ...allow("iot:*", "*"), Effect: "Maybe" })],
    ["an action of another kind", document(allow("s3:GetObject", "*"))],
    ["a resource that is no ARN", document(allow("iot:*", "topic/a"))],
    ["NotAction", document({ ...allow("iot:*", "*"), NotAction: "iot:Connect" })],
    [
      "a condition it does not know",
      document({ ...allow("iot:*", "*"), Condition: { IpAddress: {} } }),
    ],
    ["an unknown variable", document(allow("iot:*", `${arn}:topic/\${aws:SourceIp}`))],
    ["a variable that does not end", document(allow("iot:*", `${arn}:topic/\${iot:ClientId`))],
    ["more than 2048 characters", document(allow("iot:*", `${arn}:topic/${"x".repeat(2048)}`))],
  ])("refuses %s", (_name, text) => {
    expect(() => parsePolicy(text)).toThrow(
      expect.objectContaining({ status: 400, type: "MalformedPolicyException" }),
    );
  });
});
