/**
 * Follows the state table's stream, as Lambda's event source does on AWS: in order, from where it was left, and a record that fails
 * is tried again before any later one.
 */
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type DynamoDBStreamsClient,
  type _Record,
} from "@aws-sdk/client-dynamodb-streams";
import type { Log } from "@sightline/functions/shared/log";

export interface TableStreamOptions {
  readonly client: DynamoDBStreamsClient;
  readonly table: string;
  readonly handle: (record: _Record) => Promise<void>;
  /** Sequence number of the last record handled in an earlier life. */
  readonly position: string | undefined;
  readonly savePosition: (sequenceNumber: string) => Promise<void>;
  readonly log: Log;
}

export interface TableStream {
  close(): Promise<void>;
}

const idleMs = 250;
const failedMs = 1_000;
const batchRows = 100;

/** One shard: what the embedded engine has. */
export function followTable(options: TableStreamOptions): TableStream {
  let closing = false;
  let wake: () => void = () => undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function run(): Promise<void> {
    let { position } = options;
    let iterator: string | undefined;
    while (!closing)
      try {
        iterator ??= await openShard(options, position);
        const { Records = [], NextShardIterator } = await options.client.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: batchRows }),
        );
        for (const record of Records) {
          if (closing) return;
          await options.handle(record);
          position = record.dynamodb?.SequenceNumber ?? position;
        }
        if (Records.length > 0 && position !== undefined) await options.savePosition(position);
        iterator = NextShardIterator;
        if (Records.length === 0) await pause(idleMs);
      } catch (error) {
        iterator = undefined;
        if (closing) return;
        options.log("warn", "the table's stream is tried again", { cause: error });
        await pause(failedMs);
      }
  }

  const running = run();
  return {
    async close() {
      closing = true;
      wake();
      await running;
    },
  };
}

async function openShard(
  { client, table }: TableStreamOptions,
  position: string | undefined,
): Promise<string | undefined> {
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: table }));
  const StreamArn = Streams?.[0]?.StreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.at(-1)?.ShardId;
  const from = { StreamArn, ShardId };
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand(
      position === undefined
        ? { ...from, ShardIteratorType: "TRIM_HORIZON" }
        : { ...from, ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: position },
    ),
  );
  return ShardIterator;
}
