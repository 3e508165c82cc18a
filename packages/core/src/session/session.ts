/** One sign-in of a user, on one client: a family of refresh tokens, of which the newest counts. */
export interface Session {
  readonly organization: string;
  /** Their number. */
  readonly user: number;
  readonly id: string;
  /** SHA-256 hex of the refresh token that counts. */
  readonly refreshHash: string;
  /** Of the user when it began: it ends with the password. */
  readonly credentialVersion: number;
  /** Where it was begun or refreshed last; of IPv6 the network. */
  readonly originator: string;
  readonly startedAtMs: number;
  readonly refreshedAtMs: number;
  /** Unless it is refreshed before. */
  readonly expiresAtMs: number;
}
