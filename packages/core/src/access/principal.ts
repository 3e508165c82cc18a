/** Who asks, and what they may do. */

export const permissions = [
  "sites:read",
  "sites:write",
  "devices:read",
  "devices:write",
  "devices:enrol",
  "streams:read",
  "streams:write",
  "commands:read",
  "commands:write",
  "tokens:read",
  "tokens:write",
] as const;
export type Permission = (typeof permissions)[number];

/** `*` is every permission, also those to come. */
export type Scope = Permission | "*";

export interface Principal {
  /** Of the user or token: names can repeat. */
  readonly id: string;
  readonly organization: string;
  /** Login of a user or name of a token: what `desiredBy` and `issuedBy` show. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Absent: not bound. */
  readonly bound?: TokenBinding;
}

/** Where credentials count: the native API, or one of the dialects. */
export const audiences = ["api", "deepstream"] as const;
export type Audience = (typeof audiences)[number];

/** For clients that cannot name a device, or send no header of their own: the token says it, and is good for nothing else. */
export interface TokenBinding {
  readonly audience: Exclude<Audience, "api">;
  /** Its id. */
  readonly device: string;
}

/** An API token; only its hash is kept. */
export interface AccessToken {
  readonly id: string;
  /** SHA-256 hex of the whole token. */
  readonly hash: string;
  readonly organization: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  /** Absent: until revoked. */
  readonly expiresAtMs?: number;
  readonly bound?: TokenBinding;
}

export interface User {
  readonly organization: string;
  readonly id: string;
  readonly login: string;
  /** `scrypt$N$r$p$salt$hash`, base64url. */
  readonly passwordHash: string;
  /** Raised by every change of the password: cached verifications of an older one end. */
  readonly credentialVersion: number;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
}
