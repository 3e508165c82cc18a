/**
 * API tokens: random, shown once, kept as a hash.
 *
 * INVARIANTS
 * - A token belongs to whoever made it, and never may more than they may now.
 * - What a token makes may no more than the token itself: scopes, place and end. The same goes for giving a token a new text.
 * - Revoked or rotated, the old text lets nobody in from the next request on.
 */
import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import type { Device } from "../device/device.ts";
import { findDevice } from "../device/find.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { findSite } from "../site/find.ts";
import { findUser } from "../user/find.ts";
import type { User } from "../user/user.ts";
import { hashToken, newTokenText } from "../access/authenticate.ts";
import type { AccessToken, Audience, Principal, Scope, TokenBinding } from "../access/principal.ts";
import { hasScope, mayAnywhere } from "../access/reach.ts";

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** `api` when absent, `deepstream` with a device: clients of that dialect cannot name one. */
  readonly audience?: Audience | undefined;
  /** Id or name: the token reaches this site, and nothing else. */
  readonly site?: number | string | undefined;
  /** Id or name: this device only. */
  readonly device?: string | undefined;
  readonly expiresAtMs?: number | undefined;
}

export interface IssuedToken {
  readonly token: AccessToken;
  /** Nobody can get it again. */
  readonly text: string;
}

/**
 * A token that may do no more than who asks for it.
 * @throws DomainError auth.forbidden | device.not-found | site.not-found | input.invalid
 */
export async function issueToken(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  { principal, actor }: Caller,
  input: NewToken,
): Promise<IssuedToken> {
  const { name, scopes } = input;
  const { organization, user } = principal;
  const lacking = scopes.filter((scope) => !mayPass(principal, scope));
  if (lacking.length > 0) throw tooMuch({ lacking });
  const createdAtMs = deps.clock.nowMs();
  if (input.expiresAtMs !== undefined && input.expiresAtMs <= createdAtMs)
    throw new DomainError("input.invalid", "expiresAtMs: is in the past");
  const bound = await bindingOf(deps, { principal, actor }, input);
  const audience = input.audience ?? (bound?.device === undefined ? "api" : "deepstream");
  if (audience === "deepstream" && bound?.device === undefined)
    throw new DomainError("input.invalid", "device: the audience deepstream needs one");
  const endsAtMs = await endOf(deps, principal);
  const expiresAtMs = input.expiresAtMs ?? endsAtMs;
  if (endsAtMs !== undefined && (expiresAtMs ?? 0) > endsAtMs) throw tooMuch({ endsAtMs });
  const id = deps.ids.next("token");
  const text = newTokenText(deps.ids);
  const token: AccessToken = {
    ...{ id, hash: hashToken(text), organization, user, name, scopes, audience, createdAtMs },
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(bound && { bound }),
  };
  if (!(await deps.store.tokens.create(token))) {
    // An earlier try of this very request, which died before it could show the text, has the same id.
    await deps.store.tokens.delete(organization, id);
    await deps.store.tokens.create(token);
  }
  return { token, text };
}

const tooMuch = (details: Readonly<Record<string, unknown>>): DomainError =>
  new DomainError("auth.forbidden", "a token may do no more than who makes it", { details });

/** `*` is whatever the user may, now or later; a permission is one that they have somewhere today. */
const mayPass = (principal: Principal, scope: Scope): boolean =>
  scope === "*" ? principal.scopes.includes("*") : mayAnywhere(principal, scope);

/** Where the new token counts: within the place that the caller's own is bound to. */
async function bindingOf(
  deps: Pick<Deps, "store">,
  { principal, actor }: Caller,
  { site: siteKey, device: deviceKey }: NewToken,
): Promise<TokenBinding | undefined> {
  const { bound } = principal;
  const site = siteKey === undefined ? undefined : await findSite(deps, actor, siteKey);
  const device = deviceKey === undefined ? undefined : await findDevice(deps, actor, deviceKey);
  if (site && device && site.id !== device.site)
    throw new DomainError("input.invalid", "site: the device is at another one");
  // No way from a device's token to the rest of its site.
  if (bound?.device !== undefined) {
    if (device ? device.id !== bound.device : site) throw tooMuch({ device: bound.device });
    return bound;
  }
  if (device) return { site: device.site, device: device.id };
  return site ? { site: site.id } : bound;
}

/** When the credentials themselves end; undefined: not by themselves. */
async function endOf(
  { store }: Pick<Deps, "store">,
  { kind, organization, id }: Principal,
): Promise<number | undefined> {
  if (kind === "user") return undefined;
  const own = await store.tokens.get(organization, id);
  // Revoked since the request was let in.
  if (!own) throw new DomainError("auth.required", "the credentials are not valid");
  return own.expiresAtMs;
}

/** Whoever reaches the whole organization looks after the tokens of all. */
const isOverseer = ({ reach }: Pick<Actor, "reach">): boolean => reach.sites === "all";

/**
 * One's own, oldest first; to an admin those of everybody, or of one user.
 * @throws DomainError user.not-found
 */
export async function listTokens(
  { store }: Pick<Deps, "store">,
  { principal, actor }: Caller,
  { user: key, ...page }: PageRequest & { readonly user?: string | undefined },
): Promise<Page<AccessToken>> {
  const { organization } = actor;
  if (isOverseer(actor)) {
    if (key === undefined) return store.tokens.list(organization, page);
    const { id } = await findUser({ store }, actor, key);
    return store.tokens.list(organization, { ...page, user: id });
  }
  if (key !== undefined && key !== String(principal.user))
    throw new DomainError("user.not-found", `there is no user ${key}`);
  const { items, ...next } = await store.tokens.list(organization, {
    ...page,
    user: principal.user,
  });
  const isSeen = ({ bound }: AccessToken): boolean => isWithin(principal.bound, bound);
  return { items: items.filter(isSeen), ...next };
}

/** @throws DomainError token.not-found, also when it is somebody else's */
async function findToken(
  { store }: Pick<Deps, "store">,
  { principal, actor }: Caller,
  id: string,
): Promise<AccessToken> {
  const token = isId("token", id) ? await store.tokens.get(actor.organization, id) : undefined;
  const isOwn = token?.user === principal.user && isWithin(principal.bound, token.bound);
  if (token && (isOwn || isOverseer(actor))) return token;
  throw new DomainError("token.not-found", `there is no token ${id}`);
}

/** From now on nobody is let in by it. @throws DomainError token.not-found */
export async function revokeToken(
  deps: Pick<Deps, "store">,
  caller: Caller,
  id: string,
): Promise<void> {
  const token = await findToken(deps, caller, id);
  await deps.store.tokens.delete(token.organization, token.id);
}

/**
 * A new text for one's own token; the old one lets nobody in any more. All else stays as it is.
 * @throws DomainError token.not-found | auth.forbidden
 */
export async function rotateToken(
  deps: Pick<Deps, "store" | "ids">,
  caller: Caller,
  id: string,
): Promise<IssuedToken> {
  const { principal } = caller;
  const token = await findToken(deps, caller, id);
  if (token.user !== principal.user)
    throw new DomainError("auth.forbidden", "only whose token it is may have its text", {
      hint: "revoke it, and let them make another one",
    });
  const lacking = token.scopes.filter((scope) => !hasEvery(principal, scope));
  if (lacking.length > 0) throw tooMuch({ lacking });
  const endsAtMs = await endOf(deps, principal);
  if (endsAtMs !== undefined && (token.expiresAtMs ?? Number.POSITIVE_INFINITY) > endsAtMs)
    throw tooMuch({ endsAtMs });
  const text = newTokenText(deps.ids);
  const hash = hashToken(text);
  // Somebody else was faster: their text is the one that counts.
  if (!(await deps.store.tokens.rotate(token, hash)))
    throw new DomainError("token.not-found", `the token ${id} has just been rotated or revoked`);
  return { token: { ...token, hash }, text };
}

const hasEvery = (principal: Principal, scope: Scope): boolean =>
  scope === "*" ? principal.scopes.includes("*") : hasScope(principal, scope);

/** True when what is bound to `inner` reaches no more than what is bound to `outer`. */
const isWithin = (outer: TokenBinding | undefined, inner: TokenBinding | undefined): boolean =>
  !outer ||
  (outer.site === inner?.site && (outer.device === undefined || outer.device === inner.device));

const rowsPerPage = 100;

/** Those that are good for this device alone. One that is missed lets nobody in either: it finds no device. */
export const revokeTokensOf = (
  deps: Pick<Deps, "store">,
  { organization, id }: Pick<Device, "organization" | "id">,
): Promise<void> => revokeAll(deps, { organization }, ({ bound }) => bound?.device === id);

/** One that is missed lets nobody in either: it finds no user. */
export const revokeTokensOfUser = (
  deps: Pick<Deps, "store">,
  { organization, id: user }: Pick<User, "organization" | "id">,
): Promise<void> => revokeAll(deps, { organization, user }, () => true);

async function revokeAll(
  { store }: Pick<Deps, "store">,
  { organization, ...of }: { readonly organization: string; readonly user?: number },
  isMeant: (token: AccessToken) => boolean,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = { rows: rowsPerPage, ...(after !== undefined && { after }), ...of };
    const { items, next } = await store.tokens.list(organization, page);
    for (const token of items)
      if (isMeant(token)) await store.tokens.delete(organization, token.id);
    after = next;
  } while (after !== undefined);
}
