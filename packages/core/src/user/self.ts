/** Who calls, as they see and change themselves. */
import { canonicalJson } from "@sightline/contracts/canonical-json";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import type { Authenticator } from "../access/authenticate.ts";
import { hashPassword } from "../access/password.ts";
import { requireOwnChange } from "../access/power.ts";
import type { AccessToken, Principal, SiteGrants } from "../access/principal.ts";
import type { Deps } from "../ports/deps.ts";
import { changeUser } from "./change.ts";
import { signInName } from "./find.ts";
import { checkPassword } from "./password-rule.ts";
import { selfDocument, type SelfDocument } from "./user-document.ts";
import type { User } from "./user.ts";

/** Gone since the request was let in. */
async function ownUser({ store }: Pick<Deps, "store">, principal: Principal): Promise<User> {
  const user = await store.users.get(principal.organization, principal.user);
  if (!user) throw new DomainError("user.not-found", "this user has just been removed");
  return user;
}

export interface Self {
  readonly user: User;
  /** Where these credentials count: a token can be bound to one. */
  readonly sites: SiteGrants;
  /** Absent when nobody but the user calls. */
  readonly token?: AccessToken;
}

/** @throws DomainError user.not-found */
export async function showSelf(deps: Pick<Deps, "store">, principal: Principal): Promise<Self> {
  const { organization, kind, id, bound } = principal;
  const [user, token] = await Promise.all([
    ownUser(deps, principal),
    kind === "token" ? deps.store.tokens.get(organization, id) : undefined,
  ]);
  const counts = ([site]: readonly [string, unknown]): boolean =>
    !bound || String(bound.site) === site;
  const sites = Object.fromEntries(Object.entries(user.sites).filter(counts));
  return { user, sites, ...(token && { token }) };
}

/** @throws DomainError user.readonly */
function requireChangeable(user: User): User {
  if (!user.readonly) return user;
  throw new DomainError("user.readonly", "you may not change what is your own", {
    hint: "ask an admin",
  });
}

/** @throws DomainError auth.forbidden | user.readonly | user.changed (If-Match) | user.conflict | input.invalid */
export async function editSelf(
  deps: Pick<Deps, "store" | "clock">,
  principal: Principal,
  request: {
    readonly edit: (document: SelfDocument) => SelfDocument;
    readonly ifRevision?: number | undefined;
  },
): Promise<User> {
  requireOwnChange(principal);
  return changeUser(deps, {
    find: async () => requireChangeable(await ownUser(deps, principal)),
    ifRevision: request.ifRevision,
    change: (before) => {
      const current = selfDocument(before);
      const wanted = selfDocument(request.edit(current));
      return canonicalJson(wanted) === canonicalJson(current) ? undefined : wanted;
    },
  });
}

/**
 * Takes the current password, checked like a login and throttled like one. Every session ends, the caller's too; tokens stay.
 * @throws DomainError auth.forbidden | user.readonly | user.password-wrong | auth.throttled | user.conflict | input.invalid
 */
export async function changeOwnPassword(
  deps: Pick<Deps, "store" | "clock"> & { readonly authenticator: Authenticator },
  principal: Principal,
  request: { readonly current: string; readonly password: string; readonly address: string },
): Promise<void> {
  requireOwnChange(principal);
  const user = requireChangeable(await ownUser(deps, principal));
  checkPassword(request.password, user.login);
  const as = await signInName(deps, user);
  const known = await deps.authenticator
    .basic(as, request.current, request.address)
    .catch((error: unknown) => {
      if (!isDomainError(error, "auth.required")) throw error;
      return undefined;
    });
  if (known?.user !== user.id || known.organization !== user.organization)
    throw new DomainError("user.password-wrong", "the current password is another one");
  const passwordHash = await hashPassword(request.password);
  await changeUser(deps, {
    find: async () => requireSame(await ownUser(deps, principal), user),
    change: ({ credentialVersion }) => ({
      passwordHash,
      credentialVersion: credentialVersion + 1,
    }),
  });
}

/** The password that was just checked is still theirs. @throws DomainError user.password-wrong | user.readonly */
function requireSame(user: User, { credentialVersion }: User): User {
  if (user.credentialVersion !== credentialVersion)
    throw new DomainError("user.password-wrong", "the password has just been changed");
  return requireChangeable(user);
}
