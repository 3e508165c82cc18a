/**
 * How a box joins: it makes its keys and a CSR, and sends them once with a one-time token. Repeating the same request (the
 * answer was lost) gives the same certificate; any other use of the token is refused.
 */
import * as z from "zod";
import { CertificateLife } from "./certificate.ts";

/** `{id}.{secret}.{SHA-256 hex of the CA, or "public"}`: the token pins the CA that the box must meet. */
export const enrolmentToken = {
  build: (id: string, secret: string, caFingerprint: string): string =>
    `${id}.${secret}.${caFingerprint}`,
  parse(token: string): { id: string; secret: string; caFingerprint: string } | undefined {
    const match = /^(enr_[0-9a-z]{26})\.([A-Za-z0-9_-]{43})\.([0-9a-f]{64}|public)$/.exec(token);
    const [, id, secret, caFingerprint] = match ?? [];
    return id && secret && caFingerprint ? { id, secret, caFingerprint } : undefined;
  },
};

/** `POST /v1/enrolments` */
export const EnrolmentRequest = z.strictObject({
  token: z.string().max(256),
  /** PKCS#10, PEM. */
  csr: z.string().max(8192),
  /** X25519 public key, 32 bytes, base64url: camera credentials are sealed to it. */
  sealingKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type EnrolmentRequest = z.infer<typeof EnrolmentRequest>;

export const EnrolmentAnswer = z.object({
  app: z.string(),
  stage: z.string(),
  organization: z.string(),
  device: z.object({ id: z.string(), name: z.string() }),
  thing: z.string(),
  certificatePem: z.string(),
  /** Absent in what an older control plane answered. */
  certificateLife: CertificateLife.optional(),
  /** The CA of the MQTT server, PEM. Its SHA-256 must be the one that the token pins, unless that is "public". */
  caPem: z.string(),
  mqtt: z.object({ host: z.string(), port: z.number().int() }),
});
export type EnrolmentAnswer = z.infer<typeof EnrolmentAnswer>;
