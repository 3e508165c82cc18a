/** Who may do what on AWS: every role, statement by statement. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  named,
  ofType,
  readStack,
  root,
  setUpProgram,
  type Resource,
  type Stack,
} from "./stack.ts";

let dev: Stack;
beforeAll(async () => {
  await setUpProgram();
  dev = await readStack("dev");
}, 600_000);

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: unknown;
}

const statementsOf = (document: unknown): readonly Statement[] => {
  const parsed = (typeof document === "string" ? JSON.parse(document) : document) as {
    Statement: Statement[];
  };
  return parsed.Statement;
};

const allowedTo = ({ inputs }: Resource): readonly Statement[] =>
  (inputs["inlinePolicies"] as { policy: string }[]).flatMap(({ policy }) => statementsOf(policy));

/** Single actions with their resources, as `action resource`, without what all of them share. */
const rightsOf = (role: string): readonly string[] =>
  allowedTo(named(dev, role)).flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) =>
      [Resource ?? ""].flat().map((resource) => {
        const place = resource
          .replace(/^arn:aws:\w+:[\w-]*:\d*:/, "")
          .replace("sightline-dev-", "");
        return `${action} ${place}`;
      }),
    ),
  );

const actionsOn = (role: string, place: string): readonly string[] =>
  rightsOf(role)
    .filter((right) => right.split(" ")[1] === place)
    .map((right) => right.split(" ")[0] ?? "")
    .toSorted();

test("every role trusts one service, and no account", () => {
  const trusted = Object.fromEntries(
    ofType(dev, "Role").map(({ name, inputs }) => [
      name,
      statementsOf(inputs["assumeRolePolicy"]).map(({ Principal }) => Principal),
    ]),
  );
  const lambda = [{ Service: "lambda.amazonaws.com" }];
  expect(trusted).toEqual({
    HttpRole: lambda,
    EnrolRole: lambda,
    DeviceEventsRole: lambda,
    ShadowSyncRole: lambda,
    SweepRole: lambda,
    RuleRole: [{ Service: "iot.amazonaws.com" }],
    SweepScheduleRole: [{ Service: "scheduler.amazonaws.com" }],
  });
});

test("no role has rights that are written elsewhere", () => {
  for (const { inputs } of ofType(dev, "Role"))
    expect((inputs["managedPolicyArns"] as string[] | undefined) ?? []).toEqual([]);
  expect(ofType(dev, "RolePolicyAttachment")).toEqual([]);
  expect(ofType(dev, "RolePolicy")).toEqual([]);
});

test("no right is for all actions, and only what has no resource is for all resources", () => {
  // [Service Authorization Reference, Amazon DynamoDB and AWS IoT]
  const without = ["dynamodb:ListStreams", "iot:CreateCertificateFromCsr"];
  for (const role of ofType(dev, "Role"))
    for (const { Effect, Action, Resource } of allowedTo(role)) {
      expect(Effect).toBe("Allow");
      for (const action of [Action].flat()) expect(action).not.toContain("*");
      if ([Resource].flat().includes("*")) expect(without).toContain([Action].flat().join());
    }
});

test("every resource that a right names is of this stage, but for certificates, whose names are hashes", () => {
  for (const role of ofType(dev, "Role"))
    for (const { Resource } of allowedTo(role))
      for (const resource of [Resource ?? ""].flat().filter((one) => one !== "*"))
        expect(resource).toMatch(/sightline-dev-|\/sightline\/dev\/|:cert\/\*$/);
});

/** The commands that an adapter sends. */
const sentBy = (file: string): readonly string[] => {
  const source = readFileSync(path.join(root, file), "utf8");
  const names = [...source.matchAll(/new (\w+)Command\(/g)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].toSorted();
};

const gateway = sentBy("packages/iot/src/gateway.ts").map((name) => `iot:${name}`);
const registry = sentBy("packages/iot/src/registry.ts").map((name) => `iot:${name}`);

describe("AWS IoT", () => {
  const iotOf = (role: string): readonly string[] =>
    [...new Set(rightsOf(role).map((right) => right.split(" ")[0] ?? ""))]
      .filter((action) => action.startsWith("iot:"))
      .toSorted();
  const withoutPublish = gateway.filter((action) => action !== "iot:Publish");

  test("the functions that send commands may do what the gateway adapter does", () => {
    for (const role of ["HttpRole", "DeviceEventsRole"]) expect(iotOf(role)).toEqual(gateway);
  });

  test("those that only sync may not publish", () => {
    for (const role of ["ShadowSyncRole", "SweepRole"]) expect(iotOf(role)).toEqual(withoutPublish);
  });

  test("enrolment alone may do what the registry adapter does", () => {
    expect(iotOf("EnrolRole")).toEqual([...gateway, ...registry].toSorted());
    expect(registry).toContain("iot:CreateCertificateFromCsr");
  });

  test("commands go to devices of this stage only", () => {
    expect(rightsOf("HttpRole")).toContain("iot:Publish topic/cmd/sightline/dev/*");
    expect(actionsOn("HttpRole", "thing/*")).toEqual(withoutPublish);
  });
});

describe("DynamoDB", () => {
  const state = "table/StateTable";
  const telemetry = "table/TelemetryTable";
  const all = sentBy("packages/store/src/database.ts")
    // The actions of a transaction are those of its items.
    .filter((name) => name !== "TransactWrite")
    .map((name) => `dynamodb:${name.replace(/^(Get|BatchGet|Put|Update|Delete)$/, "$1Item")}`);

  test("the API may do what the store does", () => {
    expect(actionsOn("HttpRole", state)).toEqual(all.toSorted());
  });

  test.each([
    ["EnrolRole", "BatchGetItem GetItem Query UpdateItem"],
    ["DeviceEventsRole", "BatchGetItem DeleteItem GetItem Query UpdateItem"],
    ["ShadowSyncRole", "BatchGetItem Query"],
    ["SweepRole", "BatchGetItem DeleteItem GetItem Query UpdateItem"],
  ])("%s may %s rows of the state", (role, actions) => {
    expect(actionsOn(role, state)).toEqual(actions.split(" ").map((one) => `dynamodb:${one}`));
  });

  test.each([
    ["HttpRole", ["dynamodb:DeleteItem", "dynamodb:GetItem"]],
    ["DeviceEventsRole", ["dynamodb:UpdateItem"]],
    ["EnrolRole", []],
    ["ShadowSyncRole", []],
    ["SweepRole", []],
  ])("%s has its own rights on telemetry", (role, actions) => {
    expect(actionsOn(role, telemetry)).toEqual(actions);
  });

  test("only who lists reads indexes, and only who follows the stream reads it", () => {
    const who = (part: string): string[] =>
      ofType(dev, "Role")
        .filter(({ name }) => rightsOf(name).some((right) => right.includes(part)))
        .map(({ name }) => name)
        .toSorted();
    expect(who("/index/")).toEqual(["HttpRole", "SweepRole"]);
    expect(who("dynamodb:GetRecords")).toEqual(["EnrolRole", "ShadowSyncRole"]);
  });
});

test("only the API touches pictures, and only below uploads/", () => {
  const s3 = ofType(dev, "Role").flatMap(({ name }) =>
    rightsOf(name)
      .filter((right) => right.startsWith("s3:"))
      .map((right) => `${name} ${right}`),
  );
  expect(s3).toEqual([
    "HttpRole s3:PutObject blobsbucket/uploads/*",
    "HttpRole s3:GetObject blobsbucket/uploads/*",
    "HttpRole s3:DeleteObject blobsbucket/uploads/*",
    "HttpRole s3:ListBucket blobsbucket",
  ]);
});

test("a function whose failures are kept may send them, and a queue is read by its one reader", () => {
  for (const role of ["EnrolRole", "DeviceEventsRole", "ShadowSyncRole", "SweepRole"])
    expect(actionsOn(role, "DeadLettersQueue")).toEqual(["sqs:SendMessage"]);
  expect(actionsOn("HttpRole", "DeadLettersQueue")).toEqual([]);
  expect(actionsOn("DeviceEventsRole", "HealthQueue")).toEqual([
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
  ]);
  expect(rightsOf("RuleRole")).toEqual([
    "sqs:SendMessage HealthQueue",
    "sqs:SendMessage DeadLettersQueue",
  ]);
});
