/** Enrolment over HTTP, renewal from its rule, and the end of devices from the state table's stream. */
import { IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createRegistry } from "@sightline/iot/registry";
import { tableChange, type TableRecord } from "@sightline/store/table-change";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { EnrolEnvironment } from "../shared/environment.ts";
import { lambdaPorts, sdkOptions } from "../shared/lambda-ports.ts";
import type { RuleEvent } from "../shared/rule-event.ts";
import { inOrder } from "../shared/stream-batch.ts";
import { createEnrolApp } from "./app.ts";
import { takeCertificateEvent } from "./certificate.ts";
import { followRemoval } from "./removal.ts";

const env = EnrolEnvironment.parse(process.env);
const ports = lambdaPorts(env);
const deps = {
  ...ports,
  registry: createRegistry({
    client: new IoTClient(sdkOptions),
    plane: new IoTDataPlaneClient(sdkOptions),
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

type Event =
  | LambdaEvent
  | { Records: readonly TableRecord[] }
  | (RuleEvent & { principal: string });

export async function handler(event: Event, context: LambdaContext): Promise<unknown> {
  // The rule `certificates` names who says it; an HTTP request has no such key.
  if ("principal" in event) return takeCertificateEvent(deps, event);
  if (!("Records" in event)) return onRequest(event, context);
  return inOrder(
    event.Records,
    (record) => followRemoval(deps, tableChange(record)),
    (cause) => deps.log("error", "a removed device's certificate could not be revoked", { cause }),
  );
}
