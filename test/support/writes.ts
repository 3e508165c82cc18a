/** Proof that nothing was written: what the database took, and what was told to the gateway, since the last look. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Gateway } from "@sightline/core/ports/gateway";

export interface Writes {
  /** Keys of rows written, and names of calls to the gateway; forgotten once given. */
  take(): string[];
  readonly gateway: Gateway;
}

interface Row {
  readonly Key?: Attributes;
  readonly Item?: Attributes;
}
/** As the document client has them, or as the wire has. */
type Attributes = Readonly<Record<string, string | { readonly S?: string } | undefined>>;
type Input = Row & {
  readonly TransactItems?: readonly Readonly<Record<"Put" | "Update" | "Delete", Row>>[];
};

const reads: ReadonlySet<string> = new Set([
  "GetItemCommand",
  "BatchGetItemCommand",
  "QueryCommand",
  "ScanCommand",
  "DescribeTableCommand",
]);

/** Only what the engine carried out counts; a refused condition wrote nothing. */
export function watchWrites(client: DynamoDBClient, gateway: Gateway): Writes {
  let seen: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const result = await next(args);
        if (!reads.has(commandName)) seen.push(...keysOf(commandName, args.input as Input));
        return result;
      },
    { step: "initialize", name: "watch-writes" },
  );
  const watched =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      seen.push(`gateway ${name}`);
      return call(...args);
    };
  return {
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
    gateway: {
      ...gateway,
      publish: watched("publish", gateway.publish.bind(gateway)),
      updateShadow: watched("updateShadow", gateway.updateShadow.bind(gateway)),
      deleteShadow: watched("deleteShadow", gateway.deleteShadow.bind(gateway)),
    },
  };
}

function keysOf(command: string, input: Input): string[] {
  const rows = input.TransactItems?.flatMap((item) => Object.values(item)) ?? [input];
  return rows.map(({ Key, Item }) => {
    const key = Key ?? Item;
    return `${command} ${textOf(key?.["pk"])} ${textOf(key?.["sk"])}`;
  });
}

/** A write whose key is not understood would look like one of nobody. */
function textOf(value: Attributes[string]): string {
  const text = typeof value === "string" ? value : value?.S;
  if (text === undefined) throw new TypeError("a write without a key that is text");
  return text;
}
