/** Who follows the state table's stream. DynamoDB lets two read a shard: these are the two. */
import { enrol, shadowSync } from "./functions.ts";
import { deadLetters } from "./queues.ts";
import { state } from "./tables.ts";

interface Follower {
  readonly function: sst.aws.Function;
  readonly patterns: readonly object[];
  /** -1: as long as the record is young enough. */
  readonly maximumRetryAttempts: number;
  readonly maximumRecordAgeInSeconds: number;
}

function follow(name: string, { function: target, patterns, ...rest }: Follower): void {
  new aws.lambda.EventSourceMapping(name, {
    eventSourceArn: state.nodes.table.streamArn,
    functionName: target.name,
    // LATEST, SST's default, would miss what is written before the mapping is ready.
    startingPosition: "TRIM_HORIZON",
    batchSize: 10,
    bisectBatchOnFunctionError: true,
    ...rest,
    filterCriteria: { filters: patterns.map((pattern) => ({ pattern: JSON.stringify(pattern) })) },
    functionResponseTypes: ["ReportBatchItemFailures"],
    destinationConfig: { onFailure: { destinationArn: deadLetters.arn } },
  });
}

const entity = (name: string): object => ({ entity: { S: [name] } });

const wished = { M: { revision: { N: [{ exists: true }] } } };

/** The sweep syncs later what is given up here. */
follow("ShadowSyncStream", {
  function: shadowSync,
  patterns: [
    { dynamodb: { NewImage: entity("stream") } },
    { dynamodb: { OldImage: entity("stream") } },
    // Whether the wish is another one, a pattern cannot say.
    { eventName: ["MODIFY"], dynamodb: { NewImage: { ...entity("device"), wish: wished } } },
  ],
  maximumRetryAttempts: 50,
  maximumRecordAgeInSeconds: 3_600,
});

/** A removed device must lose its certificate: as long as the stream keeps the record, it is tried again. */
follow("EnrolStream", {
  function: enrol,
  patterns: [{ eventName: ["REMOVE"], dynamodb: { OldImage: entity("device") } }],
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: 86_400,
});
