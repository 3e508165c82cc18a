/** Enrolment over HTTP, and the end of devices from the state table's stream. */
import { IoTClient } from "@aws-sdk/client-iot";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createRegistry } from "@sightline/iot/registry";
import { tableChange, type TableRecord } from "@sightline/store/table-change";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { EnrolEnvironment } from "../shared/environment.ts";
import { lambdaPorts, sdkOptions } from "../shared/lambda-ports.ts";
import { inOrder } from "../shared/stream-batch.ts";
import { createEnrolApp } from "./app.ts";
import { followRemoval } from "./removal.ts";

const env = EnrolEnvironment.parse(process.env);
const ports = lambdaPorts(env);
const deps = {
  ...ports,
  registry: createRegistry({
    client: new IoTClient(sdkOptions),
    gateway: ports.gateway,
    policyName: env.SIGHTLINE_DEVICE_POLICY,
  }),
  endpoint: {
    host: env.SIGHTLINE_MQTT_HOST,
    port: env.SIGHTLINE_MQTT_PORT,
    caPem: env.SIGHTLINE_MQTT_CA,
  },
  vault: createAesVault(Buffer.from(env.SIGHTLINE_VAULT_KEY, "base64")),
};

const onRequest = handle(createEnrolApp(deps));

type Event = LambdaEvent | { Records: readonly TableRecord[] };

export async function handler(event: Event, context: LambdaContext): Promise<unknown> {
  if (!("Records" in event)) return onRequest(event, context);
  return inOrder(
    event.Records,
    (record) => followRemoval(deps, tableChange(record)),
    (cause) => deps.log("error", "a removed device's certificate could not be revoked", { cause }),
  );
}
