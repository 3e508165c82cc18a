/**
 * Who may what at a site. The truth is the row of each user: `sites` there. There is no second row to tell the members of a site:
 * listing them reads the users of the organization, of whom there are `limits.usersRowsMax` at most, until the page is full.
 */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { requireMayGiveOn } from "../access/power.ts";
import type { SitePermission } from "../access/principal.ts";
import { requireNoDevice } from "../access/reach.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { changeUser } from "../user/change.ts";
import { findUser } from "../user/find.ts";
import { tidyGrants } from "../user/user-document.ts";
import { listUsers } from "../user/user-list.ts";
import type { User } from "../user/user.ts";
import { findSite } from "./find.ts";
import { requireOwnersGrants } from "./owner.ts";
import type { Site } from "./site.ts";

type MemberDeps = Pick<Deps, "store" | "clock">;

export interface Member {
  readonly site: Site;
  readonly user: User;
}

/** Of one site. */
const only = ({ id }: Site): Actor["reach"] => ({ sites: new Map([[id, true]]) });

/** By login. @throws DomainError site.not-found | auth.forbidden */
export async function listMembers(
  deps: Pick<Deps, "store">,
  actor: Actor,
  { site: key, ...page }: PageRequest & { readonly site: string },
): Promise<Page<Member>> {
  requireNoDevice(actor.reach);
  const site = await findSite(deps, actor, key);
  const { organization } = actor;
  const { items, ...next } = await listUsers(deps, { organization, reach: only(site) }, page);
  return { items: items.map((user) => ({ site, user })), ...next };
}

interface Membership {
  /** Id or name. */
  readonly site: string;
  /** Number or login. */
  readonly user: string;
}

/**
 * Gives somebody these permissions on a site, in place of those that they had there.
 * @throws DomainError site.not-found | user.not-found | auth.forbidden | member.is-owner | user.conflict | input.invalid
 */
export async function setMember(
  deps: MemberDeps,
  caller: Caller,
  { permissions, ...of }: Membership & { readonly permissions: readonly SitePermission[] },
): Promise<Member> {
  const { site, find } = await findMember(deps, caller, of);
  const user = await changeUser(deps, {
    find,
    change: async (before) => {
      const sites = tidyGrants({ ...before.sites, [site.id]: permissions });
      requireMayGiveOn(caller.principal, site.id, permissions);
      if (sites[site.id]?.join() === before.sites[site.id]?.join()) return undefined;
      if (Object.keys(sites).length > limits.userSitesRowsMax)
        throw new DomainError("input.invalid", "the user has permissions on too many sites");
      await requireOwnersGrants(deps, before, sites);
      return { sites };
    },
  });
  return { site, user };
}

/** @throws DomainError member.not-found, and what `setMember` throws */
export async function removeMember(
  deps: MemberDeps,
  caller: Caller,
  of: Membership,
): Promise<void> {
  const { site, find } = await findMember(deps, caller, of);
  await changeUser(deps, {
    find,
    change: async (before) => {
      const { [site.id]: grants, ...sites } = before.sites;
      if (!grants)
        throw new DomainError("member.not-found", `the user is no member of ${site.name}`);
      await requireOwnersGrants(deps, before, sites);
      return { sites };
    },
  });
}

/** Nobody takes from somebody what they may not do themselves, nor anything from an admin without being one. */
async function findMember(
  deps: MemberDeps,
  { actor, principal }: Caller,
  { site: siteKey, user: userKey }: Membership,
): Promise<{ readonly site: Site; readonly find: () => Promise<User> }> {
  requireNoDevice(actor.reach);
  const site = await findSite(deps, actor, siteKey);
  const find = async (): Promise<User> => {
    const user = await findUser(deps, actor, userKey);
    requireMayGiveOn(principal, site.id, user.sites[site.id] ?? []);
    if (user.accessLevel === "admin" && principal.accessLevel !== "admin")
      throw new DomainError("auth.forbidden", "the user is an admin", { hint: "ask an admin" });
    return user;
  };
  return { site, find };
}

const rowsPerPage = 500;

/** What they may at a site that is gone. What is missed lets nobody in: the number of a site is never given again. */
export async function forgetSite(deps: MemberDeps, site: Site): Promise<void> {
  const { organization, id } = site;
  let after: string | undefined;
  do {
    const page = { rows: rowsPerPage, ...(after !== undefined && { after }) };
    const { items, next } = await listUsers(deps, { organization, reach: only(site) }, page);
    for (const member of items) await forgetMember(deps, member, id);
    after = next;
  } while (after !== undefined);
}

async function forgetMember(deps: MemberDeps, member: User, site: number): Promise<void> {
  const { [site]: _, ...sites } = member.sites;
  const next = { ...member, sites, revision: member.revision + 1, updatedAtMs: deps.clock.nowMs() };
  // Whoever else changes the member meanwhile leaves what does no harm.
  await deps.store.users.change(member, next);
}
