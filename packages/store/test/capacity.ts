/** Capacity units, as DynamoDB counts them. */
import { readFileSync } from "node:fs";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Reads and writes. */
export interface Units {
  R: number;
  W: number;
}

interface Consumed {
  readonly ConsumedCapacity?: { CapacityUnits?: number } | readonly { CapacityUnits?: number }[];
}

/** Adds up, from now on, what the requests of this client say they have cost. */
export function countUnits(client: DynamoDBClient): Units {
  const spent = { R: 0, W: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: "INDEXES" });
        const result = await next(args);
        const { ConsumedCapacity } = result.output as Consumed;
        const kind = /^(Get|Query|BatchGet)/.test(commandName ?? "") ? "R" : "W";
        for (const { CapacityUnits } of [ConsumedCapacity ?? []].flat())
          spent[kind] += CapacityUnits ?? 0;
        return result;
      },
    { step: "initialize" },
  );
  return spent;
}

/** `2 R + 3 W` */
export async function unitsOf(spent: Units, run: () => Promise<unknown>): Promise<string> {
  Object.assign(spent, { R: 0, W: 0 });
  await run();
  const parts = (["R", "W"] as const).flatMap((kind) =>
    spent[kind] > 0 ? [`${Math.round(spent[kind] * 10) / 10} ${kind}`] : [],
  );
  return parts.join(" + ");
}

/** `| \`pattern\` | ... | units |` */
export function readTable(): Record<string, string> {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = text.matchAll(/^\| `([a-z]+\.[^`]+)` \|.*\| ([^|]*[RW]) \|$/gm);
  return Object.fromEntries([...rows].map(([, pattern, units]) => [pattern, (units ?? "").trim()]));
}

export const amount = (units: string | undefined, kind: "R" | "W"): number =>
  Number(new RegExp(`([\\d.]+) ${kind}`).exec(units ?? "")?.[1] ?? Number.NaN);
