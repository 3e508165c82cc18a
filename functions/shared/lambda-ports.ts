/** Ports as a Lambda function has them: what every `lambda.ts` starts from. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { limits } from "@sightline/contracts/limits";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { systemClock } from "@sightline/core/adapters/system-clock";
import type { Signals } from "@sightline/core/ports/signals";
import type { DeviceDeps } from "@sightline/core/ports/deps";
import { createGateway } from "@sightline/iot/gateway";
import { createStore } from "@sightline/store/store";
import type { Environment } from "./environment.ts";
import { createLog, type Log } from "./log.ts";

/** Reports are taken in by another function: waiting is polling. */
const sleepingSignals: Signals = {
  notify: () => undefined,
  wait: (_id, timeoutMs) => systemClock.sleep(timeoutMs),
};

/** Of every SDK client: without it a server that hangs would hold the function until it is ended. */
export const sdkOptions = {
  requestHandler: { requestTimeout: limits.backendTimeoutMs, throwOnRequestTimeout: true },
};

/** CloudWatch takes standard output. */
const log = createLog((line) => process.stdout.write(line), systemClock.nowMs);

/** Of the tables and the gateway that the environment names. */
export const lambdaPorts = (env: Readonly<Environment>): DeviceDeps & { readonly log: Log } => ({
  installation: { app: env.SIGHTLINE_APP, stage: env.SIGHTLINE_STAGE },
  store: createStore({
    client: new DynamoDBClient(sdkOptions),
    tables: { state: env.SIGHTLINE_STATE_TABLE, telemetry: env.SIGHTLINE_TELEMETRY_TABLE },
  }),
  gateway: createGateway(new IoTDataPlaneClient(sdkOptions)),
  clock: systemClock,
  ids: createRandomIds(systemClock),
  signals: sleepingSignals,
  log,
});
