/** Rules bring what devices say to `device-events`, or to `enrol`; health goes through a queue, because it is many and nobody waits for it. */
import { deviceRules } from "@sightline/contracts/rules";
import { deviceEvents, enrol } from "./functions.ts";
import { installation, prefix } from "./installation.ts";
import { deadLetters, health } from "./queues.ts";

const role = new aws.iam.Role("RuleRole", {
  name: `${prefix}-rules`,
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "iot.amazonaws.com" } },
    ],
  }),
  inlinePolicies: [
    {
      name: "send",
      policy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "sqs:SendMessage",
            Resource: [health.arn, deadLetters.arn],
          },
        ],
      }),
    },
  ],
});

const sendTo = (queue: sst.aws.Queue) => ({
  queueUrl: queue.url,
  roleArn: role.arn,
  useBase64: false,
});

const targets = { "device-events": deviceEvents, enrol };

for (const { name, sql, target } of deviceRules(installation)) {
  const taker = targets[target];
  const title = `Rule${name[0]?.toUpperCase()}${name.slice(1)}`;
  const isHealth = name === "health";
  const rule = new aws.iot.TopicRule(title, {
    name: `${installation.app}_${installation.stage}_${name}`,
    enabled: true,
    sql,
    sqlVersion: "2016-03-23",
    ...(isHealth ? { sqs: [sendTo(health)] } : { lambdas: [{ functionArn: taker.arn }] }),
    errorAction: { sqs: sendTo(deadLetters) },
  });
  if (!isHealth)
    new aws.lambda.Permission(`${title}Permission`, {
      action: "lambda:InvokeFunction",
      function: taker.name,
      principal: "iot.amazonaws.com",
      sourceArn: rule.arn,
    });
}

/** Rules call without waiting: Lambda tries twice more, then keeps the event. */
for (const [title, taker] of [
  ["DeviceEvents", deviceEvents],
  ["Enrol", enrol],
] as const)
  new aws.lambda.FunctionEventInvokeConfig(`${title}Failures`, {
    functionName: taker.name,
    maximumRetryAttempts: 2,
    maximumEventAgeInSeconds: 3_600,
    destinationConfig: { onFailure: { destination: deadLetters.arn } },
  });

new aws.lambda.EventSourceMapping("HealthBatches", {
  eventSourceArn: health.arn,
  functionName: deviceEvents.name,
  batchSize: 25,
  maximumBatchingWindowInSeconds: 2,
  functionResponseTypes: ["ReportBatchItemFailures"],
  // Leaves most of the function's concurrency to reports and acknowledgements.
  scalingConfig: { maximumConcurrency: 10 },
});
