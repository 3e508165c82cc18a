/** Capacity units, as DynamoDB counts them. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Reads and writes. */
export interface Units {
  R: number;
  W: number;
}

interface Consumed {
  readonly ConsumedCapacity?: { CapacityUnits?: number } | readonly { CapacityUnits?: number }[];
}

/** Adds up, from now on, what the requests of this client say they have cost. */
export function countUnits(client: DynamoDBClient): Units {
  const spent = { R: 0, W: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: "INDEXES" });
        const result = await next(args);
        const { ConsumedCapacity } = result.output as Consumed;
        const kind = /^(Get|Query|BatchGet)/.test(commandName ?? "") ? "R" : "W";
        for (const { CapacityUnits } of [ConsumedCapacity ?? []].flat())
          spent[kind] += CapacityUnits ?? 0;
        return result;
      },
    { step: "initialize" },
  );
  return spent;
}
