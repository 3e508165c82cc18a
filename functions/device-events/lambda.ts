/** Target of the rules of `contracts/rules.ts`; health comes in batches through its queue. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { createGateway } from "@sightline/iot/gateway";
import { createStore } from "@sightline/store/store";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { Environment } from "../shared/environment.ts";
import { log, sdkOptions, sleepingSignals, systemClock } from "../shared/lambda-ports.ts";
import { takeEvent } from "./device-events.ts";

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
  log,
};

type RuleEvent = Readonly<Record<string, unknown>>;

const isBatch = (event: RuleEvent | SQSEvent): event is SQSEvent =>
  "Records" in event && Array.isArray(event.Records);

/** One selected object of a rule, or a batch of them. */
export async function handler(event: RuleEvent | SQSEvent): Promise<SQSBatchResponse | undefined> {
  if (!isBatch(event)) {
    await takeEvent(deps, event);
    return undefined;
  }
  const results = await Promise.allSettled(
    // A body that is no JSON fails alone.
    event.Records.map(async ({ body }) => takeEvent(deps, JSON.parse(body) as RuleEvent)),
  );
  const batchItemFailures = event.Records.flatMap(({ messageId }, index) => {
    const result = results[index];
    if (result?.status !== "rejected") return [];
    log("error", "a queued message failed", { cause: result.reason });
    return [{ itemIdentifier: messageId }];
  });
  return { batchItemFailures };
}
