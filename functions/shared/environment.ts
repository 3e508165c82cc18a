/** What a Lambda function is told by its environment; read once, at init. Endpoints are the SDK's own `AWS_ENDPOINT_URL_*`. */
import * as z from "zod";

export const Environment = z.object({
  SIGHTLINE_APP: z.string().regex(/^[a-z0-9]+$/),
  SIGHTLINE_STAGE: z.string().regex(/^[a-z0-9]+$/),
  SIGHTLINE_VERSION: z.string().default("0.0.0"),
  SIGHTLINE_STATE_TABLE: z.string(),
  SIGHTLINE_TELEMETRY_TABLE: z.string(),
  AWS_REGION: z.string(),
});

export type Environment = z.infer<typeof Environment>;

/** 32 bytes, base64: of the functions that see camera credentials. */
const vault = { SIGHTLINE_VAULT_KEY: z.base64() };

export const ApiEnvironment = Environment.extend({
  ...vault,
  SIGHTLINE_BLOBS_BUCKET: z.string(),
  SIGHTLINE_BLOBS_ENDPOINT: z.url(),
  /** SHA-256 hex of the CA that enrolment tokens pin; `public` for AWS's own. */
  SIGHTLINE_CA_FINGERPRINT: z.string().default("public"),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.string().optional(),
});

export const EnrolEnvironment = Environment.extend({
  ...vault,
  SIGHTLINE_MQTT_HOST: z.string(),
  SIGHTLINE_MQTT_PORT: z.coerce.number().int().default(8883),
  /** The CA of the MQTT server, PEM. */
  SIGHTLINE_MQTT_CA: z.string(),
  SIGHTLINE_DEVICE_POLICY: z.string(),
});
