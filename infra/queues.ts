/** Health reports wait in a queue and are taken in batches; what failed for good is kept for two weeks to be looked at. */

const keptS = 14 * 86_400;

const makeDeadLetters = (name: string): sst.aws.Queue =>
  new sst.aws.Queue(name, {
    transform: {
      queue: (args) => {
        args.messageRetentionSeconds = keptS;
        args.sqsManagedSseEnabled = true;
      },
    },
  });

/** Of rules, of asynchronous calls, of the table's stream and of the schedule. */
export const deadLetters = makeDeadLetters("DeadLetters");

/** A queue of its own, so that its messages can be moved back to where they came from. */
export const healthDeadLetters = makeDeadLetters("HealthDeadLetters");

/** Six times the time-out of `device-events`. [AWS Lambda developer guide, "Using Lambda with Amazon SQS"] */
export const health = new sst.aws.Queue("Health", {
  visibilityTimeout: "3 minutes",
  dlq: { queue: healthDeadLetters.arn, retry: 5 },
  transform: {
    queue: (args) => {
      // A report is out of date long before.
      args.messageRetentionSeconds = 3_600;
      args.sqsManagedSseEnabled = true;
    },
  },
});
