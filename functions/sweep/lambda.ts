/** Every minute: what nobody else gets to in time. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { sweep } from "@sightline/core/sweep/sweep";
import { createGateway } from "@sightline/iot/gateway";
import { createStore } from "@sightline/store/store";
import { Environment } from "../shared/environment.ts";
import { log, sdkOptions, sleepingSignals, systemClock } from "../shared/lambda-ports.ts";

const env = Environment.parse(process.env);
const deps = {
  installation: { app: env.SIGHTLINE_APP, stage: env.SIGHTLINE_STAGE },
  store: createStore({
    client: new DynamoDBClient(sdkOptions),
    tables: { state: env.SIGHTLINE_STATE_TABLE, telemetry: env.SIGHTLINE_TELEMETRY_TABLE },
  }),
  gateway: createGateway(new IoTDataPlaneClient(sdkOptions)),
  clock: systemClock,
  ids: createRandomIds(systemClock),
  signals: sleepingSignals,
};

export async function handler(): Promise<{ handled: number; failed: number }> {
  const { handled, failures } = await sweep(deps);
  for (const cause of failures) log("error", "a due item failed", { cause });
  return { handled, failed: failures.length };
}
