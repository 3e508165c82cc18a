import { canonicalJson } from "@sightline/contracts/canonical-json";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { requireMayGiveOn } from "../access/power.ts";
import { sitePermissions, type Principal } from "../access/principal.ts";
import { reachedSites, requireNoDevice, requireWhole } from "../access/reach.ts";
import { pageOfAll } from "../page.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { User } from "../user/user.ts";
import { findSite } from "./find.ts";
import { forgetSite } from "./member.ts";
import type { Site } from "./site.ts";

/** By name: those that are seen. */
export async function listSites(
  deps: Pick<Deps, "store">,
  { organization, reach }: Actor,
  page: PageRequest,
): Promise<Page<Site>> {
  const { sites } = deps.store;
  const reached = reachedSites(reach);
  if (reached === "all") return sites.list(organization, page);
  // So many that a person can be let in to.
  return pageOfAll(await sites.getMany(organization, reached), page, ({ name }) => name);
}

/** @throws DomainError site.name-taken | input.invalid | auth.forbidden */
export async function createSite(
  deps: Pick<Deps, "store" | "clock">,
  actor: Actor,
  input: { readonly name: string; readonly title?: string | undefined },
): Promise<Site> {
  requireWhole(actor.reach);
  if (/^\d+$/.test(input.name))
    throw new DomainError("input.invalid", "a site's name must not be a number", {
      hint: "numbers are ids: add a letter",
    });
  // Before a number is drawn for it; of two at once, one draws in vain.
  if (await deps.store.sites.findByName(actor.organization, input.name))
    throw new DomainError("site.name-taken", `another site is named ${input.name}`);
  const site: Site = {
    organization: actor.organization,
    id: await deps.store.organizations.count(actor.organization, "site"),
    name: input.name,
    title: input.title ?? "",
    revision: 1,
    createdAtMs: deps.clock.nowMs(),
  };
  await deps.store.sites.create(site);
  return site;
}

/** What people see and change of a site. */
export interface SiteDocument {
  readonly title: string;
  /** Number of a user; null: nobody. */
  readonly owner: number | null;
}

export const siteDocument = ({ title, owner }: Site): SiteDocument => ({
  title,
  owner: owner ?? null,
});

export interface SiteEdit {
  /** Id or name. */
  readonly site: string;
  readonly edit: (document: SiteDocument) => SiteDocument;
  readonly ifRevision?: number | undefined;
}

const tries = 5;

/**
 * Whoever becomes the owner becomes a member with every permission, in the same transaction: only who has all of them there gives that.
 * @throws DomainError site.not-found | site.changed (If-Match) | site.conflict | user.not-found | auth.forbidden
 */
export async function editSite(
  deps: Pick<Deps, "store" | "clock">,
  { actor, principal }: Caller,
  request: SiteEdit,
): Promise<Site> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await findUnchanged(deps, actor, request);
    const document = request.edit(siteDocument(before));
    if (canonicalJson(document) === canonicalJson(siteDocument(before))) return before;
    const { owner: _, ...rest } = before;
    const next: Site = {
      ...rest,
      title: document.title,
      ...(document.owner !== null && { owner: document.owner }),
      revision: before.revision + 1,
    };
    const owner = next.owner === before.owner ? undefined : await asOwner(deps, principal, next);
    if (await deps.store.sites.change(next, owner)) return next;
  }
  throw conflict();
}

async function asOwner(
  deps: Pick<Deps, "store" | "clock">,
  principal: Principal,
  { organization, id, owner }: Site,
): Promise<User | undefined> {
  if (owner === undefined) return undefined;
  requireMayGiveOn(principal, id, sitePermissions);
  const user = await deps.store.users.get(organization, owner);
  if (!user) throw new DomainError("user.not-found", `there is no user ${owner}`);
  const sites = { ...user.sites, [id]: sitePermissions };
  if (Object.keys(sites).length > limits.userSitesRowsMax)
    throw new DomainError("input.invalid", "the user has permissions on too many sites");
  return {
    ...user,
    sites,
    revision: user.revision + 1,
    updatedAtMs: deps.clock.nowMs(),
  };
}

/**
 * Removes a site where nothing is, and what its members may there.
 * @throws DomainError site.not-found | site.changed (If-Match) | site.not-empty | site.conflict | auth.forbidden
 */
export async function deleteSite(
  deps: Pick<Deps, "store" | "clock">,
  actor: Actor,
  request: Omit<SiteEdit, "edit">,
): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const site = await findUnchanged(deps, actor, request);
    if (await deps.store.sites.delete(site)) return forgetSite(deps, site);
  }
  throw conflict();
}

async function findUnchanged(
  deps: Pick<Deps, "store">,
  actor: Actor,
  { site: key, ifRevision }: Omit<SiteEdit, "edit">,
): Promise<Site> {
  const site = await findSite(deps, actor, key);
  requireNoDevice(actor.reach);
  if (ifRevision !== undefined && ifRevision !== site.revision)
    throw new DomainError("site.changed", `the site has revision ${site.revision}`, {
      hint: "get the site, apply the change again, and send its ETag",
    });
  return site;
}

const conflict = (): DomainError =>
  new DomainError("site.conflict", "the site kept changing under several writers");
