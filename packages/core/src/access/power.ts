/**
 * Who may give what, and change whom.
 *
 * INVARIANTS
 * - Nobody gives what they may not do themselves, with the credentials that they call with: a token of an admin that lacks a scope
 *   makes nobody who could do what it cannot.
 * - Nobody changes somebody who may more than they may: a new password or grant would be theirs to use.
 * - A site permission is given or taken where the giver may write users, and nowhere else.
 */
import { DomainError } from "@sightline/contracts/errors";
import type { User } from "../user/user.ts";
import { sitePermissionTable, type Permission, type Principal } from "./principal.ts";
import type { SiteGrants, SitePermission } from "./principal.ts";
import { hasScope, mayIn } from "./reach.ts";

/** What somebody may do, whoever they are. */
export type Rights = Pick<User, "accessLevel" | "sites">;

/** Nothing lies beyond it, also of what is to come. */
const mayEverything = ({ accessLevel, scopes, bound }: Principal): boolean =>
  accessLevel === "admin" && scopes.includes("*") && bound === undefined;

/** A token of one device is not a person's tool. */
const isOfDevice = ({ bound }: Principal): boolean => bound?.device !== undefined;

/** True when whoever calls may do, on this site, everything that the permissions let a person do. */
export const mayGive = (
  principal: Principal,
  site: number,
  grants: readonly SitePermission[],
): boolean =>
  !isOfDevice(principal) &&
  grants
    .flatMap((grant): readonly Permission[] => sitePermissionTable[grant])
    .every((permission) => mayIn(principal, permission, site));

const mayAll = (principal: Principal, { accessLevel, sites }: Rights): boolean =>
  mayEverything(principal) ||
  (accessLevel === "generic" &&
    !isOfDevice(principal) &&
    Object.entries(sites).every(([site, grants]) => mayGive(principal, Number(site), grants)));

/** @throws DomainError auth.forbidden */
export function requireMayGive(principal: Principal, rights: Rights): void {
  if (!mayAll(principal, rights))
    throw new DomainError("auth.forbidden", "nobody gives what they may not do themselves", {
      hint: "ask an admin",
    });
}

/** On one site. @throws DomainError auth.forbidden */
export function requireMayGiveOn(
  principal: Principal,
  site: number,
  grants: readonly SitePermission[],
): void {
  requireMayGive(principal, { accessLevel: "generic", sites: { [site]: grants } });
}

/** @throws DomainError auth.forbidden when the user may more than who calls */
export function requirePower(principal: Principal, user: Rights): void {
  if (!mayAll(principal, user))
    throw new DomainError("auth.forbidden", "nobody changes a user who may more than they", {
      hint: "ask an admin",
    });
}

/** Where the two differ. */
export const changedSites = (before: SiteGrants, after: SiteGrants): readonly number[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((site) => before[site]?.join() !== after[site]?.join())
    .map(Number);

/**
 * What is the caller's own, by a token: only when it may change users, and is not bound to a place.
 * @throws DomainError auth.forbidden
 */
export function requireOwnChange(principal: Principal): void {
  const { kind, bound } = principal;
  if (kind === "user" || (hasScope(principal, "users:write") && !bound)) return;
  throw new DomainError("auth.forbidden", "this token may not change whose it is", {
    hint: "log in, or use a token with users:write",
  });
}
