/** Runs a parsed rule over one message. A value that is not there is `undefined`, which makes comparisons false. */
import { type Json, isObject, isSame } from "./shadow-document.ts";
import type { SqlCondition, SqlQuery, SqlValue } from "./sql-parser.ts";

export interface SqlMessage {
  readonly topic: string;
  /** The parsed payload; undefined when it is not JSON. */
  readonly body: Json | undefined;
  readonly timestampMs: number;
  readonly clientId?: string;
  readonly principal?: string;
}

/** The selected object, or undefined when WHERE does not hold. @throws Error when `*` meets a payload that is no JSON object. */
export function selectFrom(
  query: SqlQuery,
  message: SqlMessage,
): Record<string, unknown> | undefined {
  if (query.where && !holds(query.where, message)) return undefined;
  const selected: Record<string, unknown> = {};
  if (query.everything) {
    if (!isObject(message.body)) throw new Error("SELECT * needs a JSON object as payload");
    Object.assign(selected, message.body);
  }
  for (const { name, value } of query.items) {
    const found = valueOf(value, message);
    if (found !== undefined) selected[name] = found;
  }
  return selected;
}

function holds(condition: SqlCondition, message: SqlMessage): boolean {
  if ("all" in condition) return condition.all.every((part) => holds(part, message));
  if ("some" in condition) return condition.some.some((part) => holds(part, message));
  if ("not" in condition) return !holds(condition.not, message);
  if ("holds" in condition) return valueOf(condition.holds, message) === true;
  const left = valueOf(condition.left, message);
  const right = valueOf(condition.right, message);
  if (left === undefined || right === undefined) return false;
  switch (condition.operator) {
    case "=":
      return isSame(left, right);
    case "<>":
      return !isSame(left, right);
    case "<":
    case ">":
    case "<=":
    case ">=":
      return ordered(left, right, condition.operator);
  }
}

function ordered(left: Json, right: Json, operator: "<" | ">" | "<=" | ">="): boolean {
  const comparable =
    (typeof left === "number" && typeof right === "number") ||
    (typeof left === "string" && typeof right === "string");
  if (!comparable) return false;
  switch (operator) {
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    case ">=":
      return left >= right;
  }
}

function valueOf(value: SqlValue, message: SqlMessage): Json | undefined {
  if ("literal" in value) return value.literal;
  if ("path" in value) return follow(message.body, value.path);
  switch (value.call) {
    case "topic":
      return value.segment === undefined
        ? message.topic
        : message.topic.split("/")[value.segment - 1];
    case "timestamp":
      return message.timestampMs;
    case "clientid":
      // AWS: "N/A" for what did not come by MQTT.
      return message.clientId ?? "N/A";
    case "principal":
      return message.principal ?? "Anonymous";
    case "startswith": {
      const text = valueOf(value.text, message);
      const start = valueOf(value.start, message);
      return typeof text === "string" && typeof start === "string" && text.startsWith(start);
    }
    case "isUndefined":
      return valueOf(value.value, message) === undefined;
  }
}

function follow(body: Json | undefined, path: readonly string[]): Json | undefined {
  let at = body;
  for (const key of path) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}
