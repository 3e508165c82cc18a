/** What a Lambda function is told by its environment; read once, at init. Endpoints are the SDK's own `AWS_ENDPOINT_URL_*`. */
// The small form: for functions that check nothing else, the other one would be a fifth of their start.
import * as z from "zod/mini";

export const Environment = z.object({
  SIGHTLINE_APP: z.string().check(z.regex(/^[a-z0-9]+$/)),
  SIGHTLINE_STAGE: z.string().check(z.regex(/^[a-z0-9]+$/)),
  SIGHTLINE_VERSION: z._default(z.string(), "0.0.0"),
  SIGHTLINE_STATE_TABLE: z.string(),
  SIGHTLINE_TELEMETRY_TABLE: z.string(),
  AWS_REGION: z.string(),
});

export type Environment = z.infer<typeof Environment>;

/** 32 bytes, base64: of the functions that see camera credentials. */
const vault = { SIGHTLINE_VAULT_KEY: z.base64() };

export const ApiEnvironment = z.extend(Environment, {
  ...vault,
  SIGHTLINE_BLOBS_BUCKET: z.string(),
  SIGHTLINE_BLOBS_ENDPOINT: z.url(),
  /** SHA-256 hex of the CA that enrolment tokens pin; `public` for AWS's own. */
  SIGHTLINE_CA_FINGERPRINT: z._default(z.string(), "public"),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.optional(z.string()),
});

export const EnrolEnvironment = z.extend(Environment, {
  ...vault,
  SIGHTLINE_MQTT_HOST: z.string(),
  SIGHTLINE_MQTT_PORT: z._default(z.coerce.number().check(z.int()), 8883),
  /** The CA of the MQTT server, PEM. */
  SIGHTLINE_MQTT_CA: z.string(),
  SIGHTLINE_DEVICE_POLICY: z.string(),
});
