/**
 * A database for one test file: dynoxide in memory, or what the environment names on purpose: `SIGHTLINE_TEST_DYNAMODB` (the URL
 * of DynamoDB Local, whose licence must be accepted by `SIGHTLINE_DYNAMODB_LOCAL_LICENSE=accepted`) or `SIGHTLINE_TEST_AWS`.
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
  /** Another client of the same database. */
  connect(): DynamoDBClient;
  close(): Promise<void>;
}

export async function openEngine(): Promise<Engine> {
  const run = randomBytes(4).toString("hex");
  const tables = {
    state: `sightline-test-${run}-state`,
    telemetry: `sightline-test-${run}-telemetry`,
  };
  const { newClient, stop } = await openDatabase();
  const clients = [newClient()] as [DynamoDBClient, ...DynamoDBClient[]];
  const [client] = clients;
  await ensureTables(client, tables);
  return {
    client,
    tables,
    connect() {
      const another = newClient();
      clients.push(another);
      return another;
    },
    async close() {
      for (const TableName of Object.values(tables))
        await client.send(new DeleteTableCommand({ TableName }));
      for (const one of clients) one.destroy();
      await stop();
    },
  };
}

async function openDatabase(): Promise<{
  newClient: () => DynamoDBClient;
  stop: () => Promise<void>;
}> {
  const stop = async (): Promise<void> => {};
  if (process.env["SIGHTLINE_TEST_AWS"]) return { newClient: () => new DynamoDBClient({}), stop };
  const elsewhere = process.env["SIGHTLINE_TEST_DYNAMODB"];
  if (elsewhere) {
    // It may be used only with an AWS account in good standing; nobody should agree to that by accident.
    if (process.env["SIGHTLINE_DYNAMODB_LOCAL_LICENSE"] !== "accepted")
      throw new Error(
        "SIGHTLINE_TEST_DYNAMODB is set: read the licence of DynamoDB Local, then say so by SIGHTLINE_DYNAMODB_LOCAL_LICENSE=accepted",
      );
    return { newClient: () => localClient(elsewhere), stop };
  }
  const dynoxide = await startDynoxide({ log: () => {} });
  return { newClient: () => localClient(dynoxide.url), stop: () => dynoxide.close() };
}

export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

/** `prepare` may change the store's client; what `everything` reads with is another one. */
export async function openSubject(
  prepare: (client: DynamoDBClient) => void = () => {},
): Promise<Subject> {
  const engine = await openEngine();
  const clock = { nowMs: startMs };
  const client = engine.connect();
  prepare(client);
  return {
    store: createStore({ client, tables: engine.tables, nowMs: () => clock.nowMs }),
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
