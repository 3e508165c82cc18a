/**
 * Sessions: begun with a password, kept up by refresh tokens of which each counts once.
 *
 * A refresh token that comes a second time was stolen, before or after: its session ends, for thief and owner alike. There is no time
 * of grace, so a client whose answer got lost, or that refreshes twice at once, logs in again. [RFC 9700, 4.14.2]
 */
import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import type { RecordAs } from "../ports/store.ts";
import type { Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { User } from "../user/user.ts";
import { hashToken } from "../access/authenticate.ts";
import { invalidCredentials } from "../access/login.ts";
import type { Principal } from "../access/principal.ts";
import type { Session } from "./session.ts";
import type { SessionTokens } from "./session-tokens.ts";

export type SessionDeps = Pick<Deps, "store" | "clock" | "ids"> & {
  readonly sessionTokens: SessionTokens;
};

/** Shown this once; of the refresh token a hash is kept, of the access token nothing. */
export interface TokenPair {
  readonly session: Session;
  readonly accessToken: string;
  /** Of the access token. */
  readonly expiresAtMs: number;
  readonly refreshToken: string;
}

/** `reused`: whoever sent it, the session has ended. */
export type Refreshed =
  | ({ readonly kind: "refreshed" } & TokenPair)
  | { readonly kind: "reused"; readonly session: Session };

type Fresh = Omit<Session, "refreshHash" | "refreshedAtMs" | "expiresAtMs">;

function makePair({ clock, ids, sessionTokens }: SessionDeps, fresh: Fresh): TokenPair {
  const { organization, user, id, credentialVersion } = fresh;
  const nowMs = clock.nowMs();
  const iat = Math.floor(nowMs / 1000);
  const exp = iat + limits.accessTokenLifeMs / 1000;
  const refreshToken = sessionTokens.signRefresh({
    ...{ organization, user, session: id, secret: ids.secret() },
  });
  return {
    session: {
      ...fresh,
      refreshHash: hashToken(refreshToken),
      refreshedAtMs: nowMs,
      expiresAtMs: nowMs + limits.sessionLifeMs,
    },
    accessToken: sessionTokens.signAccess({
      ...{ aud: "api", org: organization, sub: user, fam: id, cv: credentialVersion, iat, exp },
    }),
    expiresAtMs: exp * 1000,
    refreshToken,
  };
}

/** For a user whose password was verified. Over `maxSessions`, their oldest ones end. */
export async function startSession(
  deps: SessionDeps,
  user: User,
  originator: string,
): Promise<TokenPair> {
  const { store, clock, ids } = deps;
  const { organization, credentialVersion } = user;
  const id = ids.next("session");
  const startedAtMs = clock.nowMs();
  const pair = makePair(deps, {
    ...{ organization, user: user.id, id, credentialVersion, originator, startedAtMs },
  });
  await store.sessions.create(pair.session);
  if (user.maxSessions > 0) await endOldest(deps, user);
  return pair;
}

/**
 * Everybody who begins a session ends all but the newest, after their own row is there and before they have its tokens: of however
 * many at once, the last one sees all the others.
 */
async function endOldest(deps: Pick<Deps, "store">, user: User): Promise<void> {
  const all = await sessionsOf(deps, user.organization, user.id);
  for (const { id } of all.slice(0, Math.max(0, all.length - user.maxSessions)))
    await deps.store.sessions.end(user.organization, user.id, id);
}

/** Oldest first. */
async function sessionsOf(
  { store }: Pick<Deps, "store">,
  organization: string,
  user: number,
): Promise<readonly Session[]> {
  const found: Session[] = [];
  let after: string | undefined;
  do {
    const page = { rows: limits.pageRowsMax, ...(after !== undefined && { after }) };
    const { items, next } = await store.sessions.list(organization, user, page);
    found.push(...items);
    after = next;
  } while (after !== undefined);
  return found;
}

export interface Refresh {
  readonly refreshToken: string;
  readonly originator: string;
  /** What ends the session, and not what lets it go on, is a change. */
  readonly recordAs?: RecordAs | undefined;
}

/** The pair after this one. @throws DomainError auth.required */
export async function refreshSession(
  deps: SessionDeps,
  { refreshToken, originator, recordAs }: Refresh,
): Promise<Refreshed> {
  const { store, clock, sessionTokens } = deps;
  const claims = sessionTokens.readRefresh(refreshToken);
  if (!claims) throw invalidCredentials();
  const { organization, user: number, session: id } = claims;
  const [session, user] = await Promise.all([
    store.sessions.get(organization, number, id),
    store.users.get(organization, number),
  ]);
  if (!session || session.expiresAtMs <= clock.nowMs()) throw invalidCredentials();
  const actor = { kind: "user", id: String(number), name: user?.login ?? "" } as const;
  const end = (): Promise<boolean> => {
    const { sessions } = recordAs?.({ organization, actor }) ?? store;
    return sessions.end(organization, number, id);
  };
  const before = hashToken(refreshToken);
  if (before !== session.refreshHash) {
    await end();
    return { kind: "reused", session };
  }
  if (!user || user.disabled || user.credentialVersion !== session.credentialVersion) {
    await end();
    throw invalidCredentials();
  }
  const pair = makePair(deps, { ...session, originator });
  switch (await store.sessions.rotate(pair.session, before)) {
    case "rotated":
      return { kind: "refreshed", ...pair };
    case "gone":
      throw invalidCredentials();
    case "reused":
      await end();
      return { kind: "reused", session };
  }
}

/** A token may be good for little, and is in the hands of a program: no sessions of its user's. @throws DomainError auth.forbidden */
function requirePerson({ kind }: Principal): void {
  if (kind !== "user")
    throw new DomainError("auth.forbidden", "sessions are for who has logged in", {
      hint: "log in by POST /v1/sessions",
    });
}

/** The caller's own that have not ended, oldest first; a page may hold fewer than asked for. @throws DomainError auth.forbidden */
export async function listSessions(
  { store }: Pick<Deps, "store">,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Session>> {
  requirePerson(principal);
  const { organization, user } = principal;
  const [own, { items, ...next }] = await Promise.all([
    store.users.get(organization, user),
    store.sessions.list(organization, user, page),
  ]);
  // Those of another password count no more, and go away by themselves.
  const isLive = (session: Session): boolean =>
    session.credentialVersion === own?.credentialVersion;
  return { items: items.filter(isLive), ...next };
}

/** One of the caller's own. It counts no more with the next request. @throws DomainError session.not-found | auth.forbidden */
export async function endSession(
  { store }: Pick<Deps, "store">,
  principal: Principal,
  id: string,
): Promise<void> {
  requirePerson(principal);
  const { organization, user } = principal;
  const known = isId("session", id) && (await store.sessions.end(organization, user, id));
  if (!known) throw new DomainError("session.not-found", `there is no session ${id}`);
}
