/**
 * The two tables as the nouns use them: conditional writes, transactions, strong reads, queries.
 *
 * INVARIANTS
 * - Every row has `entity`, `v` (its form), `rev` (counts its writes) and `writeId` (who wrote it last).
 * - A refused write says so by what it returns; only what the caller cannot decide on is thrown.
 * - A write that was carried out is never reported as refused because its answer got lost and it was sent again: transactions
 *   carry a request token, single writes find their own `writeId` in the row that refuses them.
 * - A row whose `expiresAtS` has passed is absent, whether the engine has removed it yet or not.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { Expression, type Condition } from "./expression.ts";
import type { Index, Key } from "./keys.ts";
import { backOff, retryConflicts } from "./retry.ts";
import { transactItem, type TableName, type TableNames, type Write } from "./write.ts";

export interface DatabaseOptions {
  readonly documents: DynamoDBDocumentClient;
  readonly tables: TableNames;
  readonly nowMs: () => number;
}

/** The condition of a write did not hold; with the row as it stands, undecoded. */
export interface Refusal {
  readonly stored: Readonly<Record<string, AttributeValue>> | undefined;
}
export type Refusals<K extends string> = { readonly [N in K]?: Refusal };

export interface Query {
  readonly index?: Index;
  readonly where: Condition;
  /** Goes on behind this key, whether its row is still there or not. */
  readonly after?: Key;
  /** At most so many; all when absent. */
  readonly rows?: number;
  readonly backwards?: boolean;
  /** Not on an index. */
  readonly strong?: boolean;
}

export const documentsOf = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, {
    // Without `convertClassInstanceToMap` a label or setting with the name `constructor` is refused as a class.
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });

/** BatchGetItem takes so many keys. */
const batchKeysMax = 100;

export class Database {
  readonly nowMs: () => number;
  readonly #documents: DynamoDBDocumentClient;
  readonly #tables: TableNames;

  constructor({ documents, tables, nowMs }: DatabaseOptions) {
    this.nowMs = nowMs;
    this.#tables = tables;
    this.#documents = documents;
  }

  /** Read strongly. */
  async get<T>(key: Key, table: TableName = "state"): Promise<T | undefined> {
    const request = { TableName: this.#tables[table], Key: key, ConsistentRead: true };
    const { Item } = await retryConflicts(() => this.#documents.send(new GetCommand(request)));
    return Item && this.#isLive(Item) ? (Item as T) : undefined;
  }

  /** In the order of the keys, without those that are not there. Keys may repeat. */
  async getMany<T extends Key>(
    wanted: readonly Key[],
    { strong }: { readonly strong: boolean },
  ): Promise<readonly T[]> {
    const textOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;
    const distinct = [
      ...new Map(wanted.map(({ pk, sk }) => [textOf({ pk, sk }), { pk, sk }])).values(),
    ];
    const found = new Map<string, T>();
    for (let at = 0; at < distinct.length; at += batchKeysMax)
      for (const row of await this.#getBatch<T>(distinct.slice(at, at + batchKeysMax), strong))
        found.set(textOf(row), row);
    return wanted.flatMap((key) => found.get(textOf(key)) ?? []);
  }

  async query<T>({ index, where, after, rows, backwards, strong }: Query): Promise<readonly T[]> {
    const expression = new Expression();
    const request = {
      TableName: this.#tables.state,
      ...(index && { IndexName: index }),
      KeyConditionExpression: expression.condition(where),
      ...expression.attributes(),
      ScanIndexForward: !backwards,
      ConsistentRead: strong ?? false,
    };
    const found: T[] = [];
    let start: Record<string, unknown> | undefined = after && { ...after };
    do {
      const page = {
        ...request,
        ...(rows !== undefined && { Limit: rows - found.length }),
        ...(start && { ExclusiveStartKey: start }),
      };
      const answer = await retryConflicts(() => this.#documents.send(new QueryCommand(page)));
      found.push(...((answer.Items ?? []).filter((row) => this.#isLive(row)) as T[]));
      start = answer.LastEvaluatedKey;
    } while (start && (rows === undefined || found.length < rows));
    return found;
  }

  /** Undefined when it was done. */
  async write(write: Write): Promise<Refusal | undefined> {
    const writeId = newWriteId();
    const { Put, Update, Delete } = transactItem(this.#tables, write, writeId);
    try {
      await retryConflicts<unknown>(() => {
        if (Put) return this.#documents.send(new PutCommand(Put));
        if (Update) return this.#documents.send(new UpdateCommand(Update as UpdateRequest));
        return this.#documents.send(new DeleteCommand(Delete as DeleteRequest));
      });
      return undefined;
    } catch (error) {
      if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
      return error.Item?.["writeId"]?.S === writeId ? undefined : { stored: error.Item };
    }
  }

  /** All or nothing. Undefined when it was done; else the named writes that were refused. */
  async transact<K extends string>(
    writes: Readonly<Record<K, Write | undefined>>,
  ): Promise<Refusals<K> | undefined> {
    const named = Object.entries<Write | undefined>(writes).flatMap(([name, write]) =>
      write ? [{ name, write }] : [],
    );
    const writeId = newWriteId();
    const TransactItems = named.map(({ write }) => transactItem(this.#tables, write, writeId));
    let token = randomUUID();
    try {
      await retryConflicts((before) => {
        // A cancelled transaction has certainly not happened; one that is in progress may yet, and keeps its token.
        if (isNamed(before, "TransactionCanceledException")) token = randomUUID();
        const request = { TransactItems, ClientRequestToken: token };
        return this.#documents.send(new TransactWriteCommand(request));
      });
      return undefined;
    } catch (error) {
      if (!isNamed(error, "TransactionCanceledException")) throw error;
      const refused = (error.CancellationReasons ?? []).flatMap(({ Code, Item }, at) => {
        const name = named[at]?.name;
        return Code === "ConditionalCheckFailed" && name ? [[name, { stored: Item }]] : [];
      });
      if (refused.length === 0) throw error;
      return Object.fromEntries(refused) as Refusals<K>;
    }
  }

  /** The counter's next value, from 1; a lost answer skips one. */
  async increment(key: Key, entity: string): Promise<number> {
    const expression = new Expression();
    const request = {
      TableName: this.#tables.state,
      Key: key,
      UpdateExpression: expression.update({ set: { entity, v: 1 }, add: { rev: 1, value: 1 } }),
      ...expression.attributes(),
      ReturnValues: "UPDATED_NEW" as const,
    };
    const answer = await retryConflicts(() => this.#documents.send(new UpdateCommand(request)));
    return Number(answer.Attributes?.["value"]);
  }

  async #getBatch<T extends Key>(batch: readonly Key[], strong: boolean): Promise<readonly T[]> {
    const table = this.#tables.state;
    const found: T[] = [];
    let left: Record<string, unknown>[] = batch.map((key) => ({ ...key }));
    for (let attempt = 1; ; attempt += 1) {
      const RequestItems = { [table]: { Keys: left, ConsistentRead: strong } };
      const answer = await retryConflicts(() =>
        this.#documents.send(new BatchGetCommand({ RequestItems })),
      );
      const rows = answer.Responses?.[table] ?? [];
      found.push(...(rows.filter((row) => this.#isLive(row)) as T[]));
      left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (left.length === 0) return found;
      // Keys that come back unprocessed are a throttle, or more than 16 MB; the SDK does not repeat them.
      await backOff(rows.length > 0 ? 1 : attempt);
    }
  }

  #isLive({ expiresAtS }: Readonly<Record<string, unknown>>): boolean {
    return typeof expiresAtS !== "number" || expiresAtS * 1000 > this.nowMs();
  }
}

type StoredRow = NonNullable<Refusal["stored"]>;
type UpdateRequest = ConstructorParameters<typeof UpdateCommand>[0];
type DeleteRequest = ConstructorParameters<typeof DeleteCommand>[0];

interface AwsError extends Error {
  /** Of a ConditionalCheckFailedException. */
  readonly Item?: StoredRow;
  /** Of a TransactionCanceledException, in the order of the request's items. */
  readonly CancellationReasons?: readonly { readonly Code?: string; readonly Item?: StoredRow }[];
}

const newWriteId = (): string => randomBytes(6).toString("base64url");

const isNamed = (error: unknown, name: string): error is AwsError =>
  error instanceof Error && error.name === name;
