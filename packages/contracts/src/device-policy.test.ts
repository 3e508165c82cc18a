import { expect, test } from "vitest";
import { devicePolicy, devicePolicyName } from "./device-policy.ts";
import { limits } from "./limits.ts";

const scope = {
  app: "sightline",
  stage: "dev",
  region: "us-gov-east-1",
  accountId: "123456789012",
  partition: "aws-us-gov",
};

test.each([
  ["usual names", scope],
  ["an app and a stage of 20 characters", { ...scope, app: "a".repeat(20), stage: "s".repeat(20) }],
])("fits into an AWS IoT policy with %s", (_, of) => {
  expect(devicePolicy(of).length).toBeLessThan(limits.policyCharactersMax);
});

test("names the thing by variable in every resource, and no resource is open", () => {
  const { Statement } = JSON.parse(devicePolicy(scope)) as {
    Statement: { Effect: string; Action: string; Resource: string | string[] }[];
  };
  for (const { Effect, Action, Resource } of Statement) {
    expect(Effect).toBe("Allow");
    expect(Action).toMatch(/^iot:(?:Connect|Publish|Subscribe|Receive)$/);
    for (const resource of [Resource].flat()) {
      expect(resource).toMatch(/^arn:aws-us-gov:iot:us-gov-east-1:123456789012:/);
      expect(resource).toContain("${iot:Connection.Thing.ThingName}");
    }
  }
});

test("is one policy per app and stage", () => {
  expect(devicePolicyName(scope)).toBe("sightline-dev-device");
});
