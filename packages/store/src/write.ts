/** One conditional write, as the nouns put it and as DynamoDB wants it. */
import type { TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import { Expression, type Changes, type Condition } from "./expression.ts";
import type { Key } from "./keys.ts";

export type TableName = "state" | "telemetry";
export type TableNames = Readonly<Record<TableName, string>>;

/** Adds a row to the state table; refused when there is one. */
export interface Put {
  readonly kind: "put";
  readonly key: Key;
  readonly entity: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Changes a row, or makes it when the condition lets it. */
export interface Update extends Changes {
  readonly kind: "update";
  readonly table?: TableName;
  readonly key: Key;
  readonly entity: string;
  readonly condition: Condition;
}

/** Without a condition, removing what is not there is done too. */
export interface Delete {
  readonly kind: "delete";
  readonly table?: TableName;
  readonly key: Key;
  readonly condition?: Condition;
}

export type Write = Put | Update | Delete;

export const isStored: Condition = { when: "attribute_exists({pk})" };

export type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** `writeId` marks the row as written by this call, so that the call knows its own work again. */
export function transactItem(tables: TableNames, write: Write, writeId: string): TransactItem {
  const expression = new Expression();
  const common = {
    TableName: tables[write.kind === "put" ? "state" : (write.table ?? "state")],
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  switch (write.kind) {
    case "put": {
      const { key, entity, row } = write;
      const Item = { ...row, ...key, entity, v: 1, rev: 1, writeId };
      const ConditionExpression = expression.condition({ when: "attribute_not_exists({pk})" });
      return { Put: { ...common, Item, ConditionExpression, ...expression.attributes() } };
    }
    case "update": {
      const { key: Key, entity, condition, set, add, take } = write;
      const UpdateExpression = expression.update({
        set: { ...set, entity, v: 1, writeId },
        add: { ...add, rev: 1 },
        ...(take && { take }),
      });
      const ConditionExpression = expression.condition(condition);
      const expressions = { UpdateExpression, ConditionExpression, ...expression.attributes() };
      return { Update: { ...common, Key, ...expressions } };
    }
    case "delete": {
      const { key: Key, condition } = write;
      if (!condition) return { Delete: { ...common, Key } };
      const ConditionExpression = expression.condition(condition);
      return { Delete: { ...common, Key, ConditionExpression, ...expression.attributes() } };
    }
  }
}
