/** Every minute: what nobody else gets to in time. */
import { sweep } from "./functions.ts";
import { deadLetters } from "./queues.ts";

new sst.aws.CronV2("SweepSchedule", {
  schedule: "rate(1 minute)",
  function: sweep.arn,
  // The next minute does it again.
  retries: 0,
  dlq: deadLetters.arn,
});

new aws.lambda.FunctionEventInvokeConfig("SweepFailures", {
  functionName: sweep.name,
  maximumRetryAttempts: 0,
  maximumEventAgeInSeconds: 60,
  destinationConfig: { onFailure: { destination: deadLetters.arn } },
});
