/** Enrolment over HTTP, and the end of devices from the state table's stream. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { createGateway } from "@sightline/iot/gateway";
import { createRegistry } from "@sightline/iot/registry";
import { createStore } from "@sightline/store/store";
import { tableChange, type TableRecord } from "@sightline/store/table-change";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { EnrolEnvironment } from "../shared/environment.ts";
import { log, sdkOptions, sleepingSignals, systemClock } from "../shared/lambda-ports.ts";
import { inOrder } from "../shared/stream-batch.ts";
import { createEnrolApp } from "./app.ts";
import { followRemoval } from "./removal.ts";

const env = EnrolEnvironment.parse(process.env);
const gateway = createGateway(new IoTDataPlaneClient(sdkOptions));
const deps = {
  installation: { app: env.SIGHTLINE_APP, stage: env.SIGHTLINE_STAGE },
  store: createStore({
    client: new DynamoDBClient(sdkOptions),
    tables: { state: env.SIGHTLINE_STATE_TABLE, telemetry: env.SIGHTLINE_TELEMETRY_TABLE },
  }),
  gateway,
  registry: createRegistry({
    client: new IoTClient(sdkOptions),
    gateway,
    policyName: env.SIGHTLINE_DEVICE_POLICY,
  }),
  endpoint: {
    host: env.SIGHTLINE_MQTT_HOST,
    port: env.SIGHTLINE_MQTT_PORT,
    caPem: env.SIGHTLINE_MQTT_CA,
  },
  clock: systemClock,
  ids: createRandomIds(systemClock),
  signals: sleepingSignals,
  vault: createAesVault(Buffer.from(env.SIGHTLINE_VAULT_KEY, "base64")),
  log,
};

const onRequest = handle(createEnrolApp(deps));

type Event = LambdaEvent | { Records: readonly TableRecord[] };

export async function handler(event: Event, context: LambdaContext): Promise<unknown> {
  if (!("Records" in event)) return onRequest(event, context);
  return inOrder(
    event.Records,
    (record) => followRemoval(deps, tableChange(record)),
    (cause) => log("error", "a removed device's certificate could not be revoked", { cause }),
  );
}
