/** What a call asks of the database: which operations, in which order. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

export interface DatabaseRequests {
  /** Of everything that runs meanwhile: one call at a time. */
  during<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly requests: string[] }>;
}

export function watchDatabase(client: DynamoDBClient): DatabaseRequests {
  let seen: string[] = [];
  client.middlewareStack.add(
    (next, context) => (args) => {
      seen.push(String((context as { commandName?: string }).commandName));
      return next(args);
    },
    { step: "initialize", name: "watch-database" },
  );
  return {
    async during(run) {
      seen = [];
      const requests = seen;
      const result = await run();
      return { result, requests };
    },
  };
}
