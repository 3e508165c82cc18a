/** The API behind API Gateway (payload format 2.0). */
import { join } from "node:path";
import { createS3Blobs } from "@sightline/blobs/s3-blobs";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createAuthenticator } from "@sightline/core/access/authenticate";
import { createSessionTokens } from "@sightline/core/session/session-tokens";
import { handle } from "hono/aws-lambda";
import { ApiEnvironment } from "../shared/environment.ts";
import { lambdaPorts } from "../shared/lambda-ports.ts";
import { createApp } from "./app.ts";

const env = ApiEnvironment.parse(process.env);
const ports = lambdaPorts(env);

const vaultKey = Buffer.from(env.SIGHTLINE_VAULT_KEY, "base64");
const sessionTokens = createSessionTokens(vaultKey);

const app = createApp({
  ...ports,
  vault: createAesVault(vaultKey),
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
  authenticator: createAuthenticator({ ...ports, sessionTokens }),
  sessionTokens,
  caFingerprint: env.SIGHTLINE_CA_FINGERPRINT,
  version: env.SIGHTLINE_VERSION,
  documents: join(import.meta.dirname, "docs"),
});

export const handler = handle(app);
