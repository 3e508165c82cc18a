/**
 * How a box keeps a valid certificate: it asks for a new one on the connection that the present one has opened, and says so on the
 * first connection that the new one opens. The gateway names the certificate of every message, so a message proves itself.
 */
import * as z from "zod";

/** Leaf below `evt/…` and below `cmd/…`: a command id never looks like it. */
export const certificateLeaf = "certificate";

/** What a Date can hold: a life is shown to people. [ECMA-262, "Time Values and Time Range"] */
const instant = z.number().min(0).max(8.64e15);

/** By the cloud's clock. On AWS a certificate itself lasts until 2049: `expiresAtMs` is then what we promise to renew before. */
export const CertificateLife = z.object({ issuedAtMs: instant, expiresAtMs: instant });
export type CertificateLife = z.infer<typeof CertificateLife>;

/** On `evt/{app}/{stage}/{thing}/certificate`: "I use the certificate of this connection", and with a CSR: "sign my next one". */
export const CertificateMessage = z.object({
  v: z.literal(1),
  /** PKCS#10, PEM. The same one again gets the same certificate. */
  csr: z.string().max(8192).optional(),
});
export type CertificateMessage = z.infer<typeof CertificateMessage>;

/** On `cmd/{app}/{stage}/{thing}/certificate`. Nothing in it is secret: only the box has the key. */
export const CertificateAnswer = z.object({
  v: z.literal(1),
  /** SHA-256 hex of the CSR as it was sent. */
  csrHash: z.string(),
  certificatePem: z.string(),
  certificateLife: CertificateLife,
});
export type CertificateAnswer = z.infer<typeof CertificateAnswer>;

/** Of a certificate's life; the jitter comes on top, so that a fleet that joined in one hour does not renew in one. */
const renewalShare = 2 / 3;
const jitterShare = 1 / 20;
/** Later than any jitter: something keeps the box from renewing. */
const overdueShare = 3 / 4;

const at = ({ issuedAtMs, expiresAtMs }: CertificateLife, share: number): number =>
  issuedAtMs + (expiresAtMs - issuedAtMs) * share;

/** When a box is to renew. `spread` is 0 to 1, always the same for one certificate. */
export const renewalAtMs = (life: CertificateLife, spread: number): number =>
  at(life, renewalShare + jitterShare * spread);

/** `overdue`: the box should have renewed. `expired`: it must enrol again. */
export function certificateState(
  life: CertificateLife,
  nowMs: number,
): "valid" | "overdue" | "expired" {
  if (nowMs >= life.expiresAtMs) return "expired";
  return nowMs >= at(life, overdueShare) ? "overdue" : "valid";
}
