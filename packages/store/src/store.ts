/** The store on DynamoDB: see README.md for its access patterns and what each costs. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Store } from "@sightline/core/ports/store";
import { createAuditStore, recordOf } from "./audit.ts";
import { createCommandStore } from "./command.ts";
import { Database, documentsOf } from "./database.ts";
import { createDeviceStore } from "./device.ts";
import { createDueStore } from "./due.ts";
import { createEnrolmentStore } from "./enrolment.ts";
import { createFolderStore } from "./folder.ts";
import { createIdempotencyStore } from "./idempotency.ts";
import { createOrganizationStore } from "./organization.ts";
import { RecordingDatabase, withChangesOf, type Nouns } from "./recording.ts";
import { createSessionStore } from "./session.ts";
import { createSiteStore } from "./site.ts";
import { createStreamStore } from "./stream.ts";
import { createThrottleStore } from "./throttle.ts";
import { createTokenStore } from "./token.ts";
import { createUserStore } from "./user.ts";
import type { TableNames } from "./write.ts";

export interface StoreOptions {
  /** Where it goes is the client's matter: `AWS_ENDPOINT_URL_DYNAMODB`, else AWS. */
  readonly client: DynamoDBClient;
  readonly tables: TableNames;
  /** For what has expired. */
  readonly nowMs?: () => number;
  /** Since when this process has been the only one on these tables: what another had begun before is void. */
  readonly soleSinceMs?: number;
}

export function createStore({
  client,
  tables,
  nowMs = Date.now,
  soleSinceMs,
}: StoreOptions): Store {
  const engine = { documents: documentsOf(client), tables, nowMs };
  const nouns = createNouns(new Database(engine), soleSinceMs);
  const recording: Store["recording"] = (record, recorded) => {
    const database = new RecordingDatabase(engine, { record: recordOf(record), recorded });
    return { ...withChangesOf(createNouns(database, soleSinceMs), nouns), recording };
  };
  return { ...nouns, recording };
}

function createNouns(database: Database, soleSinceMs: number | undefined): Nouns {
  return {
    organizations: createOrganizationStore(database),
    sites: createSiteStore(database),
    folders: createFolderStore(database),
    devices: createDeviceStore(database),
    enrolments: createEnrolmentStore(database, soleSinceMs),
    streams: createStreamStore(database),
    commands: createCommandStore(database),
    users: createUserStore(database),
    tokens: createTokenStore(database),
    sessions: createSessionStore(database),
    throttle: createThrottleStore(database),
    due: createDueStore(database),
    idempotency: createIdempotencyStore(database),
    audit: createAuditStore(database),
  };
}
