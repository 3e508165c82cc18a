/** The two tables, in the words of the infrastructure code (`sst.aws.Dynamo`): AWS and one machine make the same ones. */
import { indexes } from "./keys.ts";
import type { TableName } from "./write.ts";

export interface KeyDefinition {
  readonly hashKey: string;
  readonly rangeKey: string;
}

export interface TableDefinition {
  readonly fields: Readonly<Record<string, "string" | "number">>;
  readonly primaryIndex: KeyDefinition;
  readonly globalIndexes: Readonly<
    Record<string, KeyDefinition & { readonly projection: "all" | "keys-only" }>
  >;
  /** Attribute with the end of a row, epoch seconds. */
  readonly ttl: "expiresAtS";
  readonly stream?: "new-and-old-images";
  readonly pointInTimeRecovery: boolean;
}

/** On demand, both. */
export const tableDefinitions = {
  state: {
    fields: {
      pk: "string",
      sk: "string",
      byName: "string",
      bySite: "string",
      dueShard: "string",
      dueAtMs: "number",
    },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    globalIndexes: {
      [indexes.byName]: { hashKey: "pk", rangeKey: "byName", projection: "all" },
      [indexes.bySite]: { hashKey: "bySite", rangeKey: "byName", projection: "keys-only" },
      [indexes.due]: { hashKey: "dueShard", rangeKey: "dueAtMs", projection: "keys-only" },
    },
    ttl: "expiresAtS",
    stream: "new-and-old-images",
    pointInTimeRecovery: true,
  },
  telemetry: {
    fields: { pk: "string", sk: "string" },
    primaryIndex: { hashKey: "pk", rangeKey: "sk" },
    globalIndexes: {},
    ttl: "expiresAtS",
    pointInTimeRecovery: false,
  },
} as const satisfies Record<TableName, TableDefinition>;
