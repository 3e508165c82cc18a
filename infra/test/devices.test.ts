/** The device's side: rules, policy, queues, tables, and what a production stage keeps. */
import { beforeAll, describe, expect, test } from "vitest";
import { devicePolicy } from "../../packages/contracts/src/device-policy.ts";
import { limits } from "../../packages/contracts/src/limits.ts";
import { deviceRules } from "../../packages/contracts/src/rules.ts";
import { tableDefinitions } from "../../packages/store/src/table-definitions.ts";
import { named, ofType, readStack, setUpProgram, type Stack } from "./stack.ts";

let dev: Stack;
let production: Stack;
beforeAll(async () => {
  await setUpProgram();
  dev = await readStack("dev");
  production = await readStack("production");
}, 600_000);

const installation = { app: "sightline", stage: "dev" };

describe("rules", () => {
  const rules = () => ofType(dev, "TopicRule").map(({ inputs }) => inputs);

  test("are those that one machine runs, with the same SQL", () => {
    const made = rules().map(({ name, sql }) => ({ name, sql }));
    const wanted = deviceRules(installation).map(({ name, sql }) => ({
      name: `sightline_dev_${name}`,
      sql,
    }));
    expect(made).toHaveLength(wanted.length);
    expect(made).toEqual(expect.arrayContaining(wanted));
    for (const { sqlVersion, enabled } of rules())
      expect({ sqlVersion, enabled }).toEqual({ sqlVersion: "2016-03-23", enabled: true });
  });

  test("hand health to a queue, certificates to enrol, and all else to device-events", () => {
    const health = rules().find(({ name }) => name === "sightline_dev_health");
    expect(health).toMatchObject({
      sqs: [{ queueUrl: "https://sqs/sightline-dev-HealthQueue", useBase64: false }],
    });
    expect(health?.["lambdas"]).toBeUndefined();
    for (const rule of rules().filter(
      (one) => one !== health && one["name"] !== health?.["name"],
    )) {
      const isOfCertificates = rule["name"] === "sightline_dev_certificates";
      const taker = named(dev, isOfCertificates ? "EnrolFunction" : "DeviceEventsFunction");
      expect(rule["lambdas"]).toEqual([{ functionArn: taker.arn }]);
    }
  });

  test("keep what they could not hand on", () => {
    for (const { errorAction } of rules())
      expect(errorAction).toMatchObject({
        sqs: { queueUrl: "https://sqs/sightline-dev-DeadLettersQueue", useBase64: false },
      });
  });

  test.each([
    ["device-events", "DeviceEventsFunction"],
    ["enrol", "EnrolFunction"],
  ])("may each call %s if it is theirs, and no other rule may", (name, title) => {
    const callers = ofType(dev, "Permission")
      .map(({ inputs }) => inputs)
      .filter(({ function: called, principal }) => {
        return called === `sightline-dev-${name}` && principal === "iot.amazonaws.com";
      });
    const lambdas = JSON.stringify([{ functionArn: named(dev, title).arn }]);
    const arns = ofType(dev, "TopicRule")
      .filter(({ inputs }) => JSON.stringify(inputs["lambdas"]) === lambdas)
      .map(({ arn }) => arn);
    expect(callers.map(({ sourceArn }) => sourceArn)).toEqual(expect.arrayContaining(arns));
    expect(callers).toHaveLength(arns.length);
  });
});

test("the device policy is the one that iot-local enforces, and fits", () => {
  const { name, policy } = named(dev, "DevicePolicy").inputs;
  const scope = { region: "eu-central-1", accountId: "123456789012", partition: "aws" };
  expect(policy).toBe(devicePolicy({ ...installation, ...scope }));
  expect(String(policy).length).toBeLessThan(limits.policyCharactersMax);
  expect(name).toBe("sightline-dev-device");
});

test("nothing is set that an account has once: two stages would fight over it", () => {
  const types = dev.resources.map(({ type }) => type);
  const singletons =
    /EventConfigurations|IndexingConfiguration|iot\/loggingOptions|apigateway\/account/;
  expect(types.filter((type) => singletons.test(type))).toEqual([]);
});

describe("health reports", () => {
  test("are taken in batches of which only the failed records come back", () => {
    expect(named(dev, "HealthBatches").inputs).toMatchObject({
      functionName: "sightline-dev-device-events",
      eventSourceArn: named(dev, "HealthQueue").arn,
      functionResponseTypes: ["ReportBatchItemFailures"],
      batchSize: 25,
      scalingConfig: { maximumConcurrency: 10 },
    });
  });

  test("are given up after five times, into a queue that keeps them for two weeks", () => {
    const { redrivePolicy, visibilityTimeoutSeconds } = named(dev, "HealthQueue").inputs;
    expect(JSON.parse(String(redrivePolicy))).toEqual({
      deadLetterTargetArn: named(dev, "HealthDeadLettersQueue").arn,
      maxReceiveCount: 5,
    });
    for (const name of ["HealthDeadLettersQueue", "DeadLettersQueue"])
      expect(named(dev, name).inputs["messageRetentionSeconds"]).toBe(14 * 86_400);
    // [AWS Lambda developer guide, "Using Lambda with Amazon SQS"]
    const timeout = Number(named(dev, "DeviceEventsFunction").inputs["timeout"]);
    expect(visibilityTimeoutSeconds).toBeGreaterThanOrEqual(6 * timeout);
  });
});

describe.each(["State", "Telemetry"] as const)("the table %s", (title) => {
  const definition = tableDefinitions[title === "State" ? "state" : "telemetry"];
  const table = () => named(dev, `${title}Table`).inputs;

  test("has the keys and indexes of the store's definition", () => {
    const { primaryIndex, globalIndexes, fields } = definition;
    expect(table()).toMatchObject({
      billingMode: "PAY_PER_REQUEST",
      hashKey: primaryIndex.hashKey,
      rangeKey: primaryIndex.rangeKey,
      attributes: Object.entries(fields).map(([name, type]) => ({
        name,
        type: type === "string" ? "S" : "N",
      })),
      globalSecondaryIndexes: Object.entries(globalIndexes).map(([name, index]) => ({
        name,
        hashKey: index.hashKey,
        rangeKey: index.rangeKey,
        projectionType: index.projection === "all" ? "ALL" : "KEYS_ONLY",
      })),
    });
  });

  test("lets rows expire, and has a stream and backups as the definition says", () => {
    const isState = title === "State";
    expect(table()).toMatchObject({
      ttl: { attributeName: "expiresAtS", enabled: true },
      streamEnabled: isState,
      pointInTimeRecovery: { enabled: isState },
    });
    // Both images: a stream that moved is followed on the device that it left, too.
    expect(table()["streamViewType"]).toBe(isState ? "NEW_AND_OLD_IMAGES" : undefined);
  });
});

test("the bucket is private, wants TLS, and forgets pictures that nobody fetched", () => {
  expect(named(dev, "BlobsPublicAccessBlock").inputs).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  expect(String(named(dev, "BlobsPolicy").inputs["policy"])).toContain("aws:SecureTransport");
  expect(named(dev, "BlobsLifecycle").inputs["rules"]).toMatchObject([
    { status: "Enabled", expiration: { days: 1 }, filter: { prefix: "uploads/" } },
  ]);
});

describe("stages", () => {
  test("production cannot be removed by mistake, and keeps its data when it is", () => {
    expect(production.app).toMatchObject({ removal: "retain", protect: true });
    for (const name of ["StateTable", "TelemetryTable"])
      expect(named(production, name).inputs["deletionProtectionEnabled"]).toBe(true);
    expect(named(production, "BlobsBucket").inputs["forceDestroy"]).toBe(false);
  });

  test("any other stage leaves nothing behind", () => {
    expect(dev.app).toMatchObject({ removal: "remove", protect: false });
    for (const name of ["StateTable", "TelemetryTable"])
      expect(named(dev, name).inputs["deletionProtectionEnabled"]).toBe(false);
    expect(named(dev, "BlobsBucket").inputs["forceDestroy"]).toBe(true);
  });

  test("refuses a name that topics and rules could not carry", async () => {
    await expect(readStack("feature-1")).rejects.toThrow("use 1 to 20 of a-z and 0-9");
  });

  test("two stages share no name", () => {
    const names = (stack: Stack): string[] =>
      stack.resources
        .filter(({ type }) => type.startsWith("aws:") && !type.endsWith("BucketObjectv2"))
        .flatMap(({ inputs }) => (typeof inputs["name"] === "string" ? [inputs["name"]] : []))
        .filter((name) => name !== "$default");
    const other = new Set(names(production));
    expect(names(dev).filter((name) => other.has(name))).toEqual([]);
    expect(names(dev).length).toBeGreaterThan(20);
  });
});
