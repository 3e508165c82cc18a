/** A database for one test file: dynoxide in memory, or whatever `SIGHTLINE_TEST_DYNAMODB` names (an endpoint URL, or `aws`). */
import { randomBytes } from "node:crypto";
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startDynoxide } from "@sightline/store/dynoxide";
import { ensureTables } from "@sightline/store/tables";
import type { TableNames } from "@sightline/store/write";

export interface Engine {
  readonly client: DynamoDBClient;
  readonly tables: TableNames;
  close(): Promise<void>;
}

const elsewhere = process.env["SIGHTLINE_TEST_DYNAMODB"];

export async function openEngine(): Promise<Engine> {
  const run = randomBytes(4).toString("hex");
  const tables = {
    state: `sightline-test-${run}-state`,
    telemetry: `sightline-test-${run}-telemetry`,
  };
  const dynoxide = elsewhere === undefined ? await startDynoxide({ log: () => {} }) : undefined;
  const client =
    elsewhere === "aws"
      ? new DynamoDBClient({})
      : new DynamoDBClient({
          endpoint: dynoxide?.url ?? elsewhere ?? "",
          region: "local",
          credentials: { accessKeyId: "local", secretAccessKey: "local" },
        });
  await ensureTables(client, tables);
  return {
    client,
    tables,
    async close() {
      if (!dynoxide)
        for (const TableName of Object.values(tables))
          await client.send(new DeleteTableCommand({ TableName }));
      client.destroy();
      await dynoxide?.close();
    },
  };
}
