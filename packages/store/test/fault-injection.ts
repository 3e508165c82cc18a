/**
 * What DynamoDB does on bad days and no embedded engine ever does, as a middleware of the client: throttles, rows held by another
 * transaction, answers that get lost after the request was carried out, and indexes that lag. The same seed draws the same faults in
 * the same order. What was throttled or lost its answer is spared the next time, so that the SDK's own three attempts suffice.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

export interface FaultRates {
  /** Shares of requests, 0 to 1. */
  readonly throttle?: number;
  readonly conflict?: number;
  readonly lostAnswer?: number;
  /** Shares of index queries that are answered with what the same query answered before. */
  readonly staleIndex?: number;
}

export interface Faults {
  /** How many of each were made. */
  readonly made: Record<keyof FaultRates, number>;
}

type Input = Readonly<Record<string, unknown>>;

export function injectFaults(client: DynamoDBClient, seed: number, rates: FaultRates): Faults {
  const made = { throttle: 0, conflict: 0, lostAnswer: 0, staleIndex: 0 };
  const random = mulberry32(seed);
  const spared = new WeakSet<object>();
  const draws = (fault: keyof FaultRates): boolean => {
    if (random() >= (rates[fault] ?? 0)) return false;
    made[fault] += 1;
    return true;
  };

  // Inside the SDK's own retries: it sees these faults first, as it does in real life.
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const input = args.input as Input;
        if (spared.delete(input)) return next(args);
        if (draws("throttle")) {
          spared.add(input);
          throw awsError("ProvisionedThroughputExceededException", {
            $retryable: { throttling: true },
          });
        }
        if (isWrite(commandName) && draws("conflict")) throw conflict(commandName, input);
        if (isWrite(commandName) && draws("lostAnswer")) {
          spared.add(input);
          await next(args);
          throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        }
        return next(args);
      },
    { step: "finalizeRequest", priority: "low", name: "faults" },
  );

  const answers = new Map<string, object>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const input = args.input as Input;
        if (commandName !== "QueryCommand" || input["IndexName"] === undefined) return next(args);
        const question = JSON.stringify(input);
        const before = answers.get(question);
        if (before && draws("staleIndex"))
          return { response: {}, output: structuredClone(before) } as never;
        const result = await next(args);
        answers.set(question, structuredClone(result.output));
        return result;
      },
    { step: "initialize", name: "stale-indexes" },
  );
  return { made };
}

const isWrite = (command: string): boolean =>
  [
    "PutItemCommand",
    "UpdateItemCommand",
    "DeleteItemCommand",
    "TransactWriteItemsCommand",
  ].includes(command);

function conflict(command: string, input: Input): Error {
  if (command !== "TransactWriteItemsCommand") return awsError("TransactionConflictException", {});
  const items = (input["TransactItems"] as readonly unknown[]).map(() => ({ Code: "None" }));
  return awsError("TransactionCanceledException", {
    CancellationReasons: [...items.slice(1), { Code: "TransactionConflict" }],
  });
}

const awsError = (name: string, more: object): Error =>
  Object.assign(new Error(`injected ${name}`), {
    name,
    $fault: "client",
    $metadata: { httpStatusCode: 400 },
    ...more,
  });

/** A small generator with good bits, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
