import type { EnrolmentAnswer } from "@sightline/contracts/enrolment";

/** A one-time right to join as one device. `unused → issuing → used`; only the same CSR may come again. */
export interface Enrolment {
  readonly id: string;
  /** SHA-256 hex of the secret half of the token. */
  readonly secretHash: string;
  readonly organization: string;
  readonly device: string;
  readonly state: "unused" | "issuing" | "used";
  /** SHA-256 hex of the CSR that took it. */
  readonly csrHash?: string;
  /** While `issuing`: nobody else carries it out before this time. */
  readonly issuingUntilMs?: number;
  readonly answer?: EnrolmentAnswer;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}
