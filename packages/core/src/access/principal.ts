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
  "objects:read",
  "objects:write",
  "users:read",
  "users:write",
  "tokens:read",
  "tokens:write",
  "organization:read",
  "organization:write",
  "audit:read",
] as const;
export type Permission = (typeof permissions)[number];

/** `*` is every permission, also those to come. */
export type Scope = Permission | "*";

const looking = ["sites:read", "devices:read", "streams:read"] as const;

/** What each permission of a person on a site lets them do there; an admin may do everything everywhere. [Watcher, User.organizations] */
export const sitePermissionTable = {
  member: looking,
  "view-stats": [...looking, "commands:read"],
  "edit-streams": [...looking, "streams:write", "commands:read", "commands:write"],
  "edit-users": ["sites:read", "users:read", "users:write"],
  "view-persons-lists": ["sites:read", "objects:read"],
  "edit-persons-lists": ["sites:read", "objects:read", "objects:write"],
} as const satisfies Record<string, readonly Permission[]>;
export type SitePermission = keyof typeof sitePermissionTable;
export const sitePermissions = Object.keys(sitePermissionTable) as readonly SitePermission[];

/** By the id of the site, as text: what a person may do there. Whoever is in it sees the site. */
export type SiteGrants = Readonly<Record<string, readonly SitePermission[]>>;

/** `admin`: everything in the organization. `generic`: what `SiteGrants` say. */
export const accessLevels = ["admin", "generic"] as const;
export type AccessLevel = (typeof accessLevels)[number];

export interface Principal {
  readonly kind: "user" | "token";
  /** Of the user's number or of the token, unique in the installation: names can repeat. */
  readonly id: string;
  readonly organization: string;
  /** Login of a user or name of a token: what `desiredBy` and `issuedBy` show. */
  readonly name: string;
  /** Who it is, or whose the token is. */
  readonly user: number;
  readonly accessLevel: AccessLevel;
  readonly sites: SiteGrants;
  /** No more than these, of what the user may. */
  readonly scopes: readonly Scope[];
  /** Absent: not bound. */
  readonly bound?: TokenBinding;
  /** Whose access token it is. */
  readonly session?: string;
  /** Where the credentials count; absent: everywhere. */
  readonly audience?: Audience;
}

/** Where credentials count: the native API, or one of the dialects. */
export const audiences = ["api", "deepstream"] as const;
export type Audience = (typeof audiences)[number];

/** For clients that cannot name a site or device: the token says it, and reaches nothing else. */
export interface TokenBinding {
  readonly site: number;
  /** Its id. */
  readonly device?: string;
}

/** An API token; only its hash is kept. It never may more than its user may at that moment. */
export interface AccessToken {
  readonly id: string;
  /** SHA-256 hex of the whole token. */
  readonly hash: string;
  readonly organization: string;
  readonly user: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly audience: Audience;
  readonly createdAtMs: number;
  /** Absent: until revoked. */
  readonly expiresAtMs?: number;
  readonly bound?: TokenBinding;
}
