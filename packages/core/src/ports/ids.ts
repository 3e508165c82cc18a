import type { IdKind } from "@sightline/contracts/ids";

/** Fresh identifiers and secrets. */
export interface Ids {
  /** `{prefix}_{lower-case ULID}`, later ones sort later. */
  next(kind: IdKind): string;
  /** 32 random bytes, base64url (43 characters). */
  secret(): string;
}
