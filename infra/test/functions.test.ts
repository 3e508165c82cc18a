/** The Lambda functions of a deployment: what they run, with what, and what starts them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  ApiEnvironment,
  EnrolEnvironment,
  Environment,
} from "../../functions/shared/environment.ts";
import { named, ofType, readStack, root, setUpProgram, type Stack } from "./stack.ts";

let dev: Stack;
beforeAll(async () => {
  await setUpProgram();
  dev = await readStack("dev");
}, 600_000);

const folders = readdirSync(path.join(root, "functions")).filter((folder) =>
  existsSync(path.join(root, "functions", folder, "lambda.ts")),
);

/** `DeviceEvents` for `device-events`. */
const titleOf = (folder: string): string =>
  folder.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

const functionOf = (folder: string): Readonly<Record<string, unknown>> =>
  named(dev, `${titleOf(folder)}Function`).inputs;

test("every function that exists is deployed, and no other", () => {
  const deployed = ofType(dev, "Function").map(({ name }) => name);
  expect(deployed.toSorted()).toEqual(folders.map((one) => `${titleOf(one)}Function`).toSorted());
});

const schemas = { Environment, ApiEnvironment, EnrolEnvironment };

describe.each(folders)("%s", (folder) => {
  test("runs the bundle that was built and measured, not one that SST makes", () => {
    const build = dev.builds.find(({ functionID }) => functionID === titleOf(folder));
    expect(build).toMatchObject({ bundle: `dist/functions/${folder}`, handler: "index.handler" });
    expect(existsSync(path.join(root, `dist/functions/${folder}/index.cjs`))).toBe(true);
  });

  test("runs on Node 24, on the cheaper processor, in a size and time chosen for it", () => {
    const chosen = {
      http: { memorySize: 1024, timeout: 29 },
      enrol: { memorySize: 512, timeout: 29 },
      "device-events": { memorySize: 512, timeout: 30 },
      "shadow-sync": { memorySize: 512, timeout: 60 },
      sweep: { memorySize: 512, timeout: 55 },
    };
    expect(functionOf(folder)).toMatchObject({
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      ...chosen[folder as keyof typeof chosen],
    });
    expect(Object.keys(chosen)).toContain(folder);
  });

  test("writes its own log, which is kept for a month", () => {
    const name = `/aws/lambda/sightline-dev-${folder}`;
    expect(functionOf(folder)["loggingConfig"]).toMatchObject({ logGroup: name });
    expect(named(dev, `${titleOf(folder)}Log`).inputs).toEqual({ name, retentionInDays: 30 });
  });

  test("is told what it reads, and nothing else", () => {
    const source = readFileSync(path.join(root, "functions", folder, "lambda.ts"), "utf8");
    const [, name] = /(\w+)\.parse\(process\.env\)/.exec(source) ?? [];
    const schema = schemas[name as keyof typeof schemas];
    const { variables } = functionOf(folder)["environment"] as {
      variables: Record<string, string>;
    };
    // SST tells every function its app, and the key of a file of links that ours do not have.
    const told = Object.keys(variables).filter(
      (key) => !/^SST_(?:KEY|KEY_FILE|RESOURCE_App)$/.test(key),
    );
    const read = Object.keys(schema.shape).filter((key) => !key.startsWith("AWS_"));
    expect(told.toSorted()).toEqual(read.toSorted());
    // Lambda itself adds these.
    const lambda = { AWS_REGION: "r", AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
    expect(schema.safeParse({ ...variables, ...lambda })).toMatchObject({ success: true });
    // 4 KB is the most that Lambda takes. [AWS Lambda developer guide, "Lambda quotas"]
    expect(JSON.stringify(variables).length).toBeLessThan(4096);
  });
});

test("a device trusts the roots of AWS IoT's certificates, whatever it offers", () => {
  const { variables } = functionOf("enrol")["environment"] as { variables: Record<string, string> };
  expect(variables["SIGHTLINE_MQTT_CA"]?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(variables["SIGHTLINE_MQTT_HOST"]).toBe("x-ats.iot.eu-central-1.amazonaws.com");
});

test("concurrency is kept for what devices say, and the sweep never runs twice at once", () => {
  expect(functionOf("device-events")["reservedConcurrentExecutions"]).toBe(50);
  expect(functionOf("sweep")["reservedConcurrentExecutions"]).toBe(1);
  for (const folder of ["http", "enrol", "shadow-sync"])
    expect(functionOf(folder)["reservedConcurrentExecutions"]).toBeUndefined();
});

const arnOf = (name: string): string => named(dev, name).arn;

describe("the API", () => {
  const integration = (routeKey: string): unknown => {
    const route = ofType(dev, "Route").find(({ inputs }) => inputs["routeKey"] === routeKey);
    const target = String(route?.inputs["target"]).replace(/^integrations\/(.+)-id$/, "$1");
    return named(dev, target).inputs;
  };

  test("gives enrolments to the function that may issue certificates, and all else to the other", () => {
    expect(ofType(dev, "Route")).toHaveLength(2);
    const [http, enrol] = [integration("$default"), integration("POST /v1/enrolments")];
    expect(http).toMatchObject({
      integrationUri: arnOf("HttpFunction"),
      payloadFormatVersion: "2.0",
    });
    expect(enrol).toMatchObject({ integrationUri: arnOf("EnrolFunction") });
  });

  test("is not open to pages of other origins", () => {
    expect(named(dev, "ApiApi").inputs["corsConfiguration"]).toEqual({});
    expect(ofType(dev, "BucketCorsConfiguration")).toEqual([]);
  });

  test("is throttled as a whole, and its log is kept for a month", () => {
    expect(named(dev, "ApiStage").inputs["defaultRouteSettings"]).toEqual({
      throttlingRateLimit: 200,
      throttlingBurstLimit: 400,
    });
    expect(named(dev, "ApiAccessLog").inputs["retentionInDays"]).toBe(30);
  });

  test("does not log paths, which may hold a token", () => {
    const { accessLogSettings } = named(dev, "ApiStage").inputs;
    const { destinationArn, format } = accessLogSettings as Record<string, string>;
    expect(destinationArn).toBe(arnOf("ApiAccessLog"));
    expect(format).toContain("$context.routeKey");
    expect(format).not.toMatch(/\$context\.path\b/);
  });

  test("has no other door: no function has a URL of its own", () => {
    expect(ofType(dev, "FunctionUrl")).toEqual([]);
    for (const { inputs } of ofType(dev, "Permission")) expect(inputs["sourceArn"]).toBeTruthy();
  });
});

describe("the table's stream", () => {
  const mapping = (name: string) => named(dev, name).inputs;

  test.each([
    ["ShadowSyncStream", "shadow-sync", 50, 3_600],
    ["EnrolStream", "enrol", -1, 86_400],
  ])("%s starts %s from the first change, in order, and gives up into a queue", (...row) => {
    const [name, folder, maximumRetryAttempts, maximumRecordAgeInSeconds] = row;
    expect(mapping(name)).toMatchObject({
      functionName: `sightline-dev-${folder}`,
      eventSourceArn: expect.stringMatching(/table\/sightline-dev-StateTable\/stream\//),
      startingPosition: "TRIM_HORIZON",
      functionResponseTypes: ["ReportBatchItemFailures"],
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts,
      maximumRecordAgeInSeconds,
      destinationConfig: { onFailure: { destinationArn: arnOf("DeadLettersQueue") } },
    });
  });

  const patterns = (name: string): unknown[] => {
    const { filters } = mapping(name)["filterCriteria"] as { filters: { pattern: string }[] };
    return filters.map(({ pattern }) => JSON.parse(pattern) as unknown);
  };

  test("wakes functions only for what they follow", () => {
    expect(patterns("ShadowSyncStream")).toEqual([
      { dynamodb: { NewImage: { entity: { S: ["stream"] } } } },
      { dynamodb: { OldImage: { entity: { S: ["stream"] } } } },
      {
        eventName: ["MODIFY"],
        dynamodb: {
          NewImage: {
            entity: { S: ["device"] },
            wish: { M: { revision: { N: [{ exists: true }] } } },
          },
        },
      },
    ]);
    expect(patterns("EnrolStream")).toEqual([
      { eventName: ["REMOVE"], dynamodb: { OldImage: { entity: { S: ["device"] } } } },
    ]);
  });

  test("has no more than the two readers that DynamoDB serves", () => {
    const readers = ofType(dev, "EventSourceMapping").filter(({ inputs }) =>
      String(inputs["eventSourceArn"]).includes("/stream/"),
    );
    expect(readers).toHaveLength(2);
  });
});

test("every call that nobody waits for ends in a queue when it fails for good", () => {
  const configs = ofType(dev, "FunctionEventInvokeConfig").map(({ inputs }) => inputs);
  // Called by rules and by the schedule.
  expect(configs.map(({ functionName }) => String(functionName)).toSorted()).toEqual([
    "sightline-dev-device-events",
    "sightline-dev-enrol",
    "sightline-dev-sweep",
  ]);
  for (const { destinationConfig } of configs)
    expect(destinationConfig).toEqual({ onFailure: { destination: arnOf("DeadLettersQueue") } });
});

test("the sweep runs every minute, and is not repeated in between", () => {
  expect(named(dev, "SweepScheduleSchedule").inputs).toMatchObject({
    scheduleExpression: "rate(1 minute)",
    state: "ENABLED",
    target: {
      arn: arnOf("SweepFunction"),
      retryPolicy: { maximumRetryAttempts: 0 },
      deadLetterConfig: { arn: arnOf("DeadLettersQueue") },
    },
  });
});
