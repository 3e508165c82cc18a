/** Which requests the database was asked, in their order. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** The names of the requests since the last look, forgotten once given. */
export function watchRequests(client: DynamoDBClient): () => readonly string[] {
  let seen: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        seen.push(commandName);
        return next(args);
      },
    { step: "initialize", name: "watch-requests" },
  );
  return () => {
    const taken = seen;
    seen = [];
    return taken;
  };
}
