/** Makes the two tables where no infrastructure code does. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  type AttributeDefinition,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type KeySchemaElement,
} from "@aws-sdk/client-dynamodb";
import { DomainError } from "@sightline/contracts/errors";
import { tableDefinitions, type KeyDefinition, type TableDefinition } from "./table-definitions.ts";
import type { TableNames } from "./write.ts";

/**
 * Makes what is missing and waits until it can be used; what exists is left as it is.
 * `streams: false` where nobody follows a stream: dynoxide keeps every record of one for ever, and reads all of them at each write.
 */
export async function ensureTables(
  client: DynamoDBClient,
  names: TableNames,
  { streams = true }: { readonly streams?: boolean } = {},
): Promise<void> {
  const { stream, ...state } = tableDefinitions.state;
  await Promise.all([
    ensureTable(client, names.state, { ...state, ...(streams && { stream }) }),
    ensureTable(client, names.telemetry, tableDefinitions.telemetry),
  ]);
}

async function ensureTable(
  client: DynamoDBClient,
  name: string,
  definition: TableDefinition,
): Promise<void> {
  try {
    await client.send(new CreateTableCommand(createRequest(name, definition)));
  } catch (error) {
    if (!isNamed(error, "ResourceInUseException")) throw error;
  }
  await untilActive(client, name);
  await ensureTimeToLive(client, name, definition.ttl);
  if (definition.pointInTimeRecovery) await ensurePointInTimeRecovery(client, name);
}

const pollMs = 200;
const pollsMax = 300;

async function untilActive(client: DynamoDBClient, name: string): Promise<void> {
  for (let poll = 0; poll < pollsMax; poll += 1) {
    if (await isActive(client, name)) return;
    await sleep(pollMs);
  }
  throw new DomainError("store.unavailable", `the table ${name} does not become active`);
}

async function isActive(client: DynamoDBClient, name: string): Promise<boolean> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    const parts = [
      Table?.TableStatus,
      ...(Table?.GlobalSecondaryIndexes ?? []).map((index) => index.IndexStatus),
    ];
    return parts.every((status) => status === "ACTIVE");
  } catch (error) {
    // A table that was just made may not be seen yet.
    if (isNamed(error, "ResourceNotFoundException")) return false;
    throw error;
  }
}

async function ensureTimeToLive(
  client: DynamoDBClient,
  name: string,
  attribute: string,
): Promise<void> {
  const now = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  const status = now.TimeToLiveDescription?.TimeToLiveStatus;
  if (status === "ENABLED" || status === "ENABLING") return;
  const TimeToLiveSpecification = { AttributeName: attribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
}

/** Embedded engines have none. */
async function ensurePointInTimeRecovery(client: DynamoDBClient, name: string): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  const request = { TableName: name, PointInTimeRecoverySpecification };
  for (let poll = 0; poll < pollsMax; poll += 1)
    try {
      await client.send(new UpdateContinuousBackupsCommand(request));
      return;
    } catch (error) {
      if (isNamed(error, "UnknownOperationException")) return;
      // For some seconds after a table was made.
      if (!isNamed(error, "ContinuousBackupsUnavailableException")) throw error;
      await sleep(pollMs);
    }
  throw new DomainError("store.unavailable", `the table ${name} cannot be backed up`);
}

function createRequest(name: string, definition: TableDefinition): CreateTableCommandInput {
  const { fields, primaryIndex, globalIndexes, stream } = definition;
  const AttributeDefinitions: AttributeDefinition[] = Object.entries(fields).map(
    ([AttributeName, type]) => ({ AttributeName, AttributeType: type === "string" ? "S" : "N" }),
  );
  const secondary = Object.entries(globalIndexes).map(([IndexName, { projection, ...key }]) => ({
    IndexName,
    KeySchema: keySchema(key),
    Projection: {
      ProjectionType: projection === "all" ? ("ALL" as const) : ("KEYS_ONLY" as const),
    },
  }));
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions,
    KeySchema: keySchema(primaryIndex),
    ...(secondary.length > 0 && { GlobalSecondaryIndexes: secondary }),
    ...(stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" as const },
    }),
  };
}

const keySchema = ({ hashKey, rangeKey }: KeyDefinition): KeySchemaElement[] => [
  { AttributeName: hashKey, KeyType: "HASH" },
  { AttributeName: rangeKey, KeyType: "RANGE" },
];

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;
