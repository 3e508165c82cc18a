/** The two tables: keys, indexes, stream and TTL come from the store's own definitions. */
import { tableDefinitions, type TableDefinition } from "@sightline/store/table-definitions";
import { isProduction } from "./installation.ts";

function makeTable(name: string, definition: TableDefinition): sst.aws.Dynamo {
  const { fields, primaryIndex, globalIndexes, ttl, stream, pointInTimeRecovery } = definition;
  return new sst.aws.Dynamo(name, {
    fields,
    primaryIndex,
    globalIndexes,
    ttl,
    ...(stream && { stream }),
    deletionProtection: isProduction,
    transform: {
      table: (args) => {
        args.pointInTimeRecovery = { enabled: pointInTimeRecovery };
      },
    },
  });
}

export const state = makeTable("State", tableDefinitions.state);
export const telemetry = makeTable("Telemetry", tableDefinitions.telemetry);
