/** Follows the state table's stream. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createGateway } from "@sightline/iot/gateway";
import { createStore } from "@sightline/store/store";
import { tableChange, type TableRecord } from "@sightline/store/table-change";
import { Environment } from "../shared/environment.ts";
import { log, sdkOptions } from "../shared/lambda-ports.ts";
import { inOrder, type PartialBatch } from "../shared/stream-batch.ts";
import { followChange } from "./shadow-sync.ts";

const env = Environment.parse(process.env);
const deps = {
  installation: { app: env.SIGHTLINE_APP, stage: env.SIGHTLINE_STAGE },
  store: createStore({
    client: new DynamoDBClient(sdkOptions),
    tables: { state: env.SIGHTLINE_STATE_TABLE, telemetry: env.SIGHTLINE_TELEMETRY_TABLE },
  }),
  gateway: createGateway(new IoTDataPlaneClient(sdkOptions)),
};

export const handler = ({ Records }: { Records: readonly TableRecord[] }): Promise<PartialBatch> =>
  inOrder(
    Records,
    (record) => followChange(deps, tableChange(record)),
    (cause) => log("error", "a change could not be brought to its device", { cause }),
  );
