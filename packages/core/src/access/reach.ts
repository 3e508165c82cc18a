/**
 * In which sites a caller has the permission that a route names.
 *
 * INVARIANTS
 * - What lies in a site that the caller does not see is not found, as if it did not exist.
 * - In a site that is seen, the permission can lack: that is forbidden.
 */
import { DomainError } from "@sightline/contracts/errors";
import {
  sitePermissionTable,
  type Permission,
  type Principal,
  type SitePermission,
} from "./principal.ts";

export interface Reach {
  /** Absent: nobody was asked for one. */
  readonly permission?: Permission;
  /** Every site that is seen, with whether the permission is had there. */
  readonly sites: "all" | ReadonlyMap<number, boolean>;
  /** Within them nothing but this device and what is placed on it; absent: no such bound. */
  readonly device?: string;
}

/** Of what the system does by itself. */
export const everywhere: Reach = { sites: "all" };
/** Of callers whose route names no permission. */
export const nowhere: Reach = { sites: new Map() };

const forbidden = (permission: Permission | undefined): DomainError =>
  new DomainError("auth.forbidden", `this needs the permission ${permission}`, {
    ...(permission && { details: { permission } }),
  });

const gives = (grants: readonly SitePermission[], permission: Permission): boolean =>
  grants.some((grant) => (sitePermissionTable[grant] as readonly string[]).includes(permission));

/** True when the scopes of the credentials, which may be less than the person may, hold it. */
export const hasScope = ({ scopes }: Pick<Principal, "scopes">, permission: Permission): boolean =>
  scopes.includes("*") || scopes.includes(permission);

/** Everybody has them, for what is their own. */
export const ownPermissions: readonly Permission[] = ["tokens:read", "tokens:write"];

/** @throws DomainError auth.forbidden when it is had nowhere, naming the permission */
export function reachOf(principal: Principal, permission: Permission): Reach {
  if (!hasScope(principal, permission)) throw forbidden(permission);
  const { accessLevel, sites, bound } = principal;
  const device = bound?.device === undefined ? {} : { device: bound.device };
  if (accessLevel === "admin")
    return { permission, sites: bound ? new Map([[bound.site, true]]) : "all", ...device };
  const isOwn = ownPermissions.includes(permission);
  const seen = Object.entries(sites)
    .map(([site, grants]) => [Number(site), isOwn || gives(grants, permission)] as const)
    .filter(([site]) => !bound || bound.site === site);
  if (!isOwn && !seen.some(([, has]) => has)) throw forbidden(permission);
  return { permission, sites: new Map(seen), ...device };
}

/** True when the permission is had on this site, with these credentials. */
export function mayIn(principal: Principal, permission: Permission, site: number): boolean {
  const { accessLevel, sites, bound } = principal;
  if (!hasScope(principal, permission) || (bound && bound.site !== site)) return false;
  return accessLevel === "admin" || gives(sites[site] ?? [], permission);
}

/** True when it is had anywhere. */
export function mayAnywhere(principal: Principal, permission: Permission): boolean {
  const { accessLevel, sites } = principal;
  if (!hasScope(principal, permission)) return false;
  if (accessLevel === "admin" || ownPermissions.includes(permission)) return true;
  return Object.keys(sites).some((site) => mayIn(principal, permission, Number(site)));
}

/** @throws what `missing` makes when the site is not seen | DomainError auth.forbidden */
export function requireSite(
  { sites, permission }: Reach,
  site: number,
  missing: () => DomainError,
): void {
  if (sites === "all") return;
  const has = sites.get(site);
  if (has === undefined) throw missing();
  if (!has) throw forbidden(permission);
}

/** Whether what is placed on this device, or on none, can be within. */
export const reachesDevice = (reach: Reach, device: string | undefined): boolean =>
  reach.device === undefined || reach.device === device;

/** For what is a site's and no device's. @throws DomainError auth.forbidden */
export function requireNoDevice({ device, permission }: Reach): void {
  if (device !== undefined) throw forbidden(permission);
}

/** Another permission than the route's, in a site that is seen. @throws DomainError auth.forbidden */
export function requirePermission(
  principal: Principal,
  permission: Permission,
  site: number,
): void {
  requireSite(reachOf(principal, permission), site, () => forbidden(permission));
}

/** For what is no site's. @throws DomainError auth.forbidden */
export function requireWhole({ sites, permission }: Reach): void {
  if (sites !== "all") throw forbidden(permission);
}

/** Sites that a list may show. */
export const reachedSites = ({ sites }: Reach): "all" | readonly number[] =>
  sites === "all" ? sites : [...sites].flatMap(([site, has]) => (has ? [site] : []));

/** Of which sites a list is, when it may be of this one alone: absent, all of the organization. */
export function listedSites(reach: Reach, site?: number): { readonly sites?: readonly number[] } {
  if (site !== undefined) return { sites: [site] };
  const sites = reachedSites(reach);
  return sites === "all" ? {} : { sites };
}
