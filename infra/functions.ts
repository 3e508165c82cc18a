/** The functions that exist, each with what its ports use and nothing else. */
import manifest from "../package.json" with { type: "json" };
import { blobs } from "./blobs.ts";
import { caPem, endpoint, policy } from "./device-gateway.ts";
import { makeFunction } from "./function.ts";
import { installation, region } from "./installation.ts";
import {
  listStreams,
  manageThings,
  onIndexes,
  onShadows,
  onTable,
  passPictures,
  readStream,
  sendCommands,
  sendTo,
  takeFrom,
} from "./permissions.ts";
import { deadLetters, health } from "./queues.ts";
import { state, telemetry } from "./tables.ts";

/** 32 bytes, base64; camera passwords are encrypted with it. */
const vaultKey = new sst.Secret("VaultKey");

const environment = {
  SIGHTLINE_APP: installation.app,
  SIGHTLINE_STAGE: installation.stage,
  SIGHTLINE_VERSION: manifest.version,
  SIGHTLINE_STATE_TABLE: state.name,
  SIGHTLINE_TELEMETRY_TABLE: telemetry.name,
};

/** API Gateway ends a request after 30 s. */
export const http = makeFunction("Http", {
  folder: "http",
  memory: "1024 MB",
  timeout: "29 seconds",
  environment: {
    ...environment,
    SIGHTLINE_VAULT_KEY: vaultKey.value,
    SIGHTLINE_BLOBS_BUCKET: blobs.name,
    SIGHTLINE_BLOBS_ENDPOINT: $interpolate`https://s3.${region}.amazonaws.com`,
    // AWS's own CA is in every trust store, so enrolment tokens pin none.
    SIGHTLINE_CA_FINGERPRINT: "public",
  },
  permissions: [
    onTable(state, "GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    onIndexes(state),
    onTable(telemetry, "GetItem", "DeleteItem"),
    onShadows,
    sendCommands,
    ...passPictures(blobs),
  ],
});

/** The only one that may touch things and certificates. */
export const enrol = makeFunction("Enrol", {
  folder: "enrol",
  memory: "512 MB",
  timeout: "29 seconds",
  environment: {
    ...environment,
    SIGHTLINE_VAULT_KEY: vaultKey.value,
    SIGHTLINE_MQTT_HOST: endpoint,
    SIGHTLINE_MQTT_PORT: "8883",
    SIGHTLINE_MQTT_CA: caPem,
    SIGHTLINE_DEVICE_POLICY: policy.name,
  },
  permissions: [
    onTable(state, "GetItem", "BatchGetItem", "Query", "UpdateItem"),
    onShadows,
    sendCommands,
    ...manageThings,
    readStream(state),
    listStreams,
    sendTo(deadLetters),
  ],
});

/** Its concurrency is kept for it, so that requests that wait for a device cannot starve what they wait for. */
export const deviceEvents = makeFunction("DeviceEvents", {
  folder: "device-events",
  memory: "512 MB",
  timeout: "30 seconds",
  reserved: 50,
  environment,
  permissions: [
    onTable(state, "GetItem", "BatchGetItem", "Query", "UpdateItem", "DeleteItem"),
    onTable(telemetry, "UpdateItem"),
    onShadows,
    sendCommands,
    takeFrom(health),
    sendTo(deadLetters),
  ],
});

export const shadowSync = makeFunction("ShadowSync", {
  folder: "shadow-sync",
  memory: "512 MB",
  timeout: "60 seconds",
  environment,
  permissions: [
    onTable(state, "BatchGetItem", "Query"),
    onShadows,
    readStream(state),
    listStreams,
    sendTo(deadLetters),
  ],
});

/** One at a time: the next run does what this one leaves. */
export const sweep = makeFunction("Sweep", {
  folder: "sweep",
  memory: "512 MB",
  timeout: "55 seconds",
  reserved: 1,
  environment,
  permissions: [
    onTable(state, "GetItem", "BatchGetItem", "Query", "UpdateItem", "DeleteItem"),
    onIndexes(state),
    onShadows,
    sendTo(deadLetters),
  ],
});
