/**
 * A database for one test file: dynoxide in memory, or what the environment names on purpose: `SIGHTLINE_TEST_DYNAMODB` (the URL
 * of DynamoDB Local) or `SIGHTLINE_TEST_AWS`.
 */
import { randomBytes } from "node:crypto";
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { startDynoxide } from "@sightline/store/dynoxide";
import { createStore } from "@sightline/store/store";
import { ensureTables } from "@sightline/store/tables";
import type { TableNames } from "@sightline/store/write";
import type { Subject } from "./contract/subject.ts";
import { startMs } from "./fixtures.ts";

export interface Engine {
  readonly client: DynamoDBClient;
  readonly tables: TableNames;
  close(): Promise<void>;
}

export async function openEngine(): Promise<Engine> {
  const run = randomBytes(4).toString("hex");
  const tables = {
    state: `sightline-test-${run}-state`,
    telemetry: `sightline-test-${run}-telemetry`,
  };
  const { client, stop } = await connect();
  await ensureTables(client, tables);
  return {
    client,
    tables,
    async close() {
      for (const TableName of Object.values(tables))
        await client.send(new DeleteTableCommand({ TableName }));
      client.destroy();
      await stop();
    },
  };
}

async function connect(): Promise<{ client: DynamoDBClient; stop: () => Promise<void> }> {
  const stop = async (): Promise<void> => {};
  if (process.env["SIGHTLINE_TEST_AWS"]) return { client: new DynamoDBClient({}), stop };
  const elsewhere = process.env["SIGHTLINE_TEST_DYNAMODB"];
  if (elsewhere) return { client: localClient(elsewhere), stop };
  const dynoxide = await startDynoxide({ log: () => {} });
  return { client: localClient(dynoxide.url), stop: () => dynoxide.close() };
}

export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

export async function openSubject(): Promise<Subject> {
  const engine = await openEngine();
  const clock = { nowMs: startMs };
  return {
    store: createStore({ ...engine, nowMs: () => clock.nowMs }),
    clock,
    everything: () => everything(engine),
    close: () => engine.close(),
  };
}

/** Every row of both tables, sorted by key. */
export async function everything({ client, tables }: Engine): Promise<readonly unknown[]> {
  const documents = DynamoDBDocumentClient.from(client);
  const found: Record<string, unknown>[] = [];
  for (const TableName of Object.values(tables)) {
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const scan = {
        TableName,
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      };
      const { Items, LastEvaluatedKey } = await documents.send(new ScanCommand(scan));
      found.push(...(Items ?? []));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
  const keyOf = ({ pk, sk }: Record<string, unknown>): string => `${String(pk)} ${String(sk)}`;
  return found.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
