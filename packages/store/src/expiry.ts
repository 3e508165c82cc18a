/** Removes expired rows where the engine does not: the embedded one has no sweeper of its own. On AWS, DynamoDB does this. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";

/** Returns how many are gone. Reads the whole table, so once an hour is enough: reads leave expired rows out anyway. */
export async function removeExpired(
  client: DynamoDBClient,
  table: string,
  nowMs: number,
): Promise<number> {
  const documents = DynamoDBDocumentClient.from(client);
  const nowS = Math.floor(nowMs / 1000);
  const expired = {
    ExpressionAttributeNames: { "#end": "expiresAtS" },
    ExpressionAttributeValues: { ":now": nowS },
  };
  const scan = {
    TableName: table,
    FilterExpression: "#end <= :now",
    ProjectionExpression: "pk, sk",
    ...expired,
  };
  let removed = 0;
  for await (const { Items } of paginateScan({ client: documents }, scan))
    for (const Key of Items ?? []) {
      // It may have been given a later end since it was read.
      const request = { TableName: table, Key, ConditionExpression: "#end <= :now", ...expired };
      try {
        await documents.send(new DeleteCommand(request));
        removed += 1;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException")
          throw error;
      }
    }
  return removed;
}
