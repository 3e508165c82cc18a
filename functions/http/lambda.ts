/** The API behind API Gateway (payload format 2.0). */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { createS3Blobs } from "@sightline/blobs/s3-blobs";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { createAuthenticator } from "@sightline/core/access/authenticate";
import { createGateway } from "@sightline/iot/gateway";
import { createStore } from "@sightline/store/store";
import { handle } from "hono/aws-lambda";
import { ApiEnvironment } from "../shared/environment.ts";
import { log, sdkOptions, sleepingSignals, systemClock } from "../shared/lambda-ports.ts";
import { createApp } from "./app.ts";

const env = ApiEnvironment.parse(process.env);
const store = createStore({
  client: new DynamoDBClient(sdkOptions),
  tables: { state: env.SIGHTLINE_STATE_TABLE, telemetry: env.SIGHTLINE_TELEMETRY_TABLE },
});

const app = createApp({
  installation: { app: env.SIGHTLINE_APP, stage: env.SIGHTLINE_STAGE },
  store,
  gateway: createGateway(new IoTDataPlaneClient(sdkOptions)),
  clock: systemClock,
  ids: createRandomIds(systemClock),
  signals: sleepingSignals,
  vault: createAesVault(Buffer.from(env.SIGHTLINE_VAULT_KEY, "base64")),
  blobs: createS3Blobs({
    bucket: env.SIGHTLINE_BLOBS_BUCKET,
    region: env.AWS_REGION,
    endpoint: env.SIGHTLINE_BLOBS_ENDPOINT,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN,
    },
  }),
  authenticator: createAuthenticator({ store, clock: systemClock }),
  caFingerprint: env.SIGHTLINE_CA_FINGERPRINT,
  version: env.SIGHTLINE_VERSION,
  log,
});

export const handler = handle(app);
