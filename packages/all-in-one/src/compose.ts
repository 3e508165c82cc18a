/** Core's ports on this machine's parts: the same adapters as on AWS, by `AWS_ENDPOINT_URL_*`. */
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createFolderBlobs, type FolderBlobs } from "@sightline/blobs/folder-blobs";
import { limits } from "@sightline/contracts/limits";
import { devicePolicyName } from "@sightline/contracts/device-policy";
import type { Installation } from "@sightline/contracts/ids";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createSignals } from "@sightline/core/adapters/emitter-signals";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { createAuthenticator } from "@sightline/core/access/authenticate";
import { createFirstOrganization } from "@sightline/core/access/bootstrap";
import { createSessionTokens } from "@sightline/core/session/session-tokens";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import type { HttpDeps } from "@sightline/functions/shared/call";
import type { Log } from "@sightline/functions/shared/log";
import type { IotLocal } from "@sightline/iot-local/iot-local";
import { createGateway } from "@sightline/iot/gateway";
import { createRegistry } from "@sightline/iot/registry";
import { removeExpired } from "@sightline/store/expiry";
import { createStore } from "@sightline/store/store";
import { ensureTables } from "@sightline/store/tables";
import { reachableAddress } from "./addresses.ts";
import type { DataFolder } from "./data-folder.ts";
import { withFailpoints } from "./failpoints.ts";
import { tellingOfAccess } from "./first-admin.ts";
import { ensureDevicePolicy } from "./policy.ts";
import { followingDeletions, removeLeftThings } from "./removed-devices.ts";
import { systemClock } from "@sightline/core/adapters/system-clock";

export const installation: Installation = { app: "sightline", stage: "local" };
export const region = "local";
export const accountId = "000000000000";
export const tables = { state: "sightline-local-state", telemetry: "sightline-local-telemetry" };

export interface ComposeOptions {
  readonly folder: DataFolder;
  readonly host: string;
  /** As boxes and clients reach it. */
  readonly apiUrl: string;
  readonly version: string;
  readonly log: Log;
  /** See `failpoints.ts`. */
  readonly failpointFile: string | undefined;
  /** Credentials can have ended. */
  readonly onAccessChange: () => void;
}

export interface LocalDeps extends HttpDeps, EnrolDeps {
  readonly blobs: FolderBlobs;
  /** What a crash left between a device's row and its thing. */
  readonly removeLeftThings: () => Promise<void>;
  /** The embedded engine does not remove what has expired. Returns how many rows went. */
  readonly removeExpired: () => Promise<number>;
}

/** Also makes what must be there before the first request: tables, policy, organization and admin. */
export async function compose(options: ComposeOptions, iotLocal: IotLocal): Promise<LocalDeps> {
  const { folder, host, log, version } = options;
  const { secrets } = folder;
  const client = {
    region,
    credentials: secrets.gateway,
    requestHandler: { requestTimeout: limits.backendTimeoutMs, throwOnRequestTimeout: true },
  };
  const dynamo = new DynamoDBClient(client);
  await ensureTables(dynamo, tables, { streams: false });
  const iot = new IoTClient(client);
  await ensureDevicePolicy(iot, { ...installation, region, accountId, partition: "aws" });

  const clock = systemClock;
  const plane = new IoTDataPlaneClient(client);
  const { gateway, ...ports } = withFailpoints(
    {
      store: createStore({ client: dynamo, tables, soleSinceMs: clock.nowMs() }),
      gateway: createGateway(plane),
      iot,
    },
    options.failpointFile,
  );
  const policyName = devicePolicyName(installation);
  const registry = createRegistry({ client: iot, plane, gateway, policyName });
  const removals = { installation, registry, log };
  const store = tellingOfAccess(followingDeletions(ports.store, removals), options.onAccessChange);
  const { certificatePem: caPem, fingerprint256: caFingerprint } = iotLocal.ca;
  const vaultKey = Buffer.from(secrets.vaultKey, "base64");
  const sessionTokens = createSessionTokens(vaultKey);
  const deps: LocalDeps = {
    installation,
    store,
    gateway,
    registry,
    endpoint: { host: reachableAddress(host), port: iotLocal.mqttPort, caPem },
    caFingerprint,
    clock,
    ids: createRandomIds(clock),
    vault: createAesVault(vaultKey),
    signals: createSignals(),
    blobs: createFolderBlobs({
      folder: folder.file("blobs"),
      baseUrl: `${options.apiUrl}/blobs`,
      secret: Buffer.from(secrets.uploadKey, "base64"),
      nowMs: clock.nowMs,
    }),
    authenticator: createAuthenticator({ store, clock, sessionTokens }),
    sessionTokens,
    removeLeftThings: () => removeLeftThings({ ...removals, store }, iot),
    removeExpired: () => removeExpired(dynamo, tables.state, clock.nowMs()),
    log,
    version,
    documents: join(import.meta.dirname, "docs"),
  };
  const { organization, admin } = secrets;
  await createFirstOrganization(deps, { id: organization, name: "local" }, admin);
  return deps;
}
