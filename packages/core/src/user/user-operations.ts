/** People of an organization, as others change them. What is their own is in `self.ts`. */
import { canonicalJson } from "@sightline/contracts/canonical-json";
import { DomainError } from "@sightline/contracts/errors";
import { hashPassword } from "../access/password.ts";
import { changedSites, requireMayGive, requirePower } from "../access/power.ts";
import type { Principal } from "../access/principal.ts";
import { requireSite, requireWhole } from "../access/reach.ts";
import { revokeTokensOfUser } from "../token/token-operations.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import { findSite } from "../site/find.ts";
import { requireOwnersGrants } from "../site/owner.ts";
import { changeUser } from "./change.ts";
import { findUser, signInName } from "./find.ts";
import { parseLogin } from "./login.ts";
import { checkPassword } from "./password-rule.ts";
import { tidyGrants, userDocument, type UserDocument } from "./user-document.ts";
import type { User } from "./user.ts";

export interface NewUser extends UserDocument {
  readonly login: string;
  readonly password: string;
}

type UserDeps = Pick<Deps, "store" | "clock">;

/** @throws DomainError input.invalid | site.not-found | auth.forbidden | user.login-taken | user.limit */
export async function createUser(
  deps: UserDeps,
  { actor, principal }: Caller,
  { login: text, password, ...document }: NewUser,
): Promise<User> {
  const { organization, reach } = actor;
  const login = parseLogin(text);
  checkPassword(password, login);
  const sites = tidyGrants(document.sites);
  for (const site of Object.keys(sites)) await findSite(deps, actor, Number(site));
  if (document.accessLevel === "admin" || Object.keys(sites).length === 0) requireWhole(reach);
  requireMayGive(principal, { ...document, sites });
  const as = await signInName(deps, { organization, login });
  const taken = new DomainError("user.login-taken", `another user logs in as ${as}`);
  // Before a number is drawn and the work is done; of two at once, one does it in vain.
  if (await deps.store.users.findByLogin(as)) throw taken;
  const passwordHash = await hashPassword(password);
  const nowMs = deps.clock.nowMs();
  const user: User = {
    ...{ organization, id: await deps.store.organizations.count(organization, "user"), login },
    ...userDocument({ ...document, sites }),
    ...{ passwordHash, credentialVersion: 1, revision: 1 },
    ...{ createdAtMs: nowMs, updatedAtMs: nowMs },
  };
  if (!(await deps.store.users.create(user, as))) throw taken;
  return user;
}

/**
 * A user whom the caller may change: they write users wherever that one has a permission, and may everything that one may.
 * @throws DomainError user.not-found | auth.forbidden | user.readonly
 */
async function findChangeable(
  deps: Pick<Deps, "store">,
  { actor, principal }: Caller,
  key: string,
): Promise<User> {
  const user = await findUser(deps, actor, key);
  if (user.accessLevel === "admin") requireWhole(actor.reach);
  for (const site of Object.keys(user.sites)) requireWriting(actor, Number(site));
  requirePower(principal, user);
  if (isSelf(principal, user) && user.readonly)
    throw new DomainError("user.readonly", "you may not change what is your own");
  return user;
}

/** What the user has elsewhere is not told. @throws DomainError auth.forbidden */
const requireWriting = ({ reach }: Actor, site: number): void =>
  requireSite(
    reach,
    site,
    () =>
      new DomainError("auth.forbidden", "the user has permissions where you have none", {
        hint: "ask an admin",
      }),
  );

const isSelf = ({ user, organization }: Principal, other: User): boolean =>
  other.id === user && other.organization === organization;

export interface UserEdit {
  /** Number or login. */
  readonly user: string;
  /** What they should be, from what they are; called again when another writer came first. */
  readonly edit: (document: UserDocument) => UserDocument;
  /** The revision that the caller has seen; any when absent. */
  readonly ifRevision?: number | undefined;
}

/**
 * Changes a user. An edit that changes nothing is no change: the revision stays.
 * @throws DomainError user.not-found | auth.forbidden | user.readonly | user.changed (If-Match) | user.conflict | user.last-admin |
 *   site.not-found | member.is-owner | input.invalid
 */
export async function editUser(
  deps: UserDeps,
  caller: Caller,
  { user: key, edit, ifRevision }: UserEdit,
): Promise<User> {
  return changeUser(deps, {
    find: () => findChangeable(deps, caller, key),
    ifRevision,
    change: async (before) => {
      const current = userDocument(before);
      const edited = edit(current);
      const wanted = { ...edited, sites: tidyGrants(edited.sites) };
      if (canonicalJson(wanted) === canonicalJson(current)) return undefined;
      await checkRights(deps, caller, { before, wanted });
      await requireOwnersGrants(deps, before, wanted.sites);
      // Sessions end for good, and not until the user is enabled again.
      const ends = wanted.disabled && !before.disabled;
      return { ...wanted, ...(ends && { credentialVersion: before.credentialVersion + 1 }) };
    },
  });
}

/** What they may from now on. Sites that stay as they are need not be there any more. */
async function checkRights(
  deps: Pick<Deps, "store">,
  { actor, principal }: Caller,
  { before, wanted }: { readonly before: User; readonly wanted: UserDocument },
): Promise<void> {
  for (const site of changedSites(before.sites, wanted.sites))
    if (Object.hasOwn(wanted.sites, site)) await findSite(deps, actor, site);
    else requireWriting(actor, site);
  const raised = wanted.accessLevel === "admin" && before.accessLevel !== "admin";
  if (raised || Object.keys(wanted.sites).length === 0) requireWhole(actor.reach);
  requireMayGive(principal, wanted);
}

/**
 * Gives somebody else another password: their sessions end. Who calls changes their own in `self.ts`, where the current one is asked.
 * @throws DomainError user.not-found | auth.forbidden | user.conflict | input.invalid
 */
export async function setPassword(
  deps: UserDeps,
  caller: Caller,
  request: { readonly user: string; readonly password: string },
): Promise<User> {
  const find = () => findChangeable(deps, caller, request.user);
  const user = await find();
  if (isSelf(caller.principal, user))
    throw new DomainError("auth.forbidden", "your own password takes the current one", {
      hint: "use PUT /v1/self/password",
    });
  checkPassword(request.password, user.login);
  const passwordHash = await hashPassword(request.password);
  return changeUser(deps, {
    find,
    change: ({ credentialVersion }) => ({
      passwordHash,
      credentialVersion: credentialVersion + 1,
    }),
  });
}

/**
 * Nobody is let in as them from then on: every request reads the user. Their tokens go after them.
 * @throws DomainError user.not-found | auth.forbidden | user.readonly | user.changed (If-Match) | user.conflict | user.last-admin
 */
export async function deleteUser(
  deps: UserDeps,
  caller: Caller,
  request: Omit<UserEdit, "edit">,
): Promise<void> {
  const deleted = await changeUser(deps, {
    find: () => findChangeable(deps, caller, request.user),
    ifRevision: request.ifRevision,
    remove: async (user) => {
      await requireOwnersGrants(deps, user, {});
      return deps.store.users.delete(user, await signInName(deps, user));
    },
  });
  await revokeTokensOfUser(deps, deleted);
}
