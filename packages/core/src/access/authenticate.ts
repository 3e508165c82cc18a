/** Credentials → principal. Every way in ends here, whatever dialect a client speaks. */
import { createHash, randomBytes } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { canBeKey } from "../key.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Store } from "../ports/store.ts";
import { loginOf } from "../user/login.ts";
import type { User } from "../user/user.ts";
import { nobodysPassword, verifyPassword } from "./password.ts";
import type { Audience, Principal } from "./principal.ts";

export const hashToken = (token: string): string =>
  createHash("sha256").update(token).digest("hex");

/** What tells a token from a login. */
const tokenPrefix = "slt_";
export const isTokenText = (text: string): boolean => text.startsWith(tokenPrefix);

/** A token's text; only its hash is stored. */
export const newTokenText = (ids: Pick<Ids, "secret">): string => `${tokenPrefix}${ids.secret()}`;

const refusal = (): DomainError =>
  new DomainError("auth.required", "the credentials are not valid", {
    hint: "send Authorization: Bearer <token> or Basic <login:password>",
  });

/** A token counts with its own audience only; a login counts everywhere. @throws DomainError auth.forbidden */
export function requireAudience(principal: Principal, audience: Audience): void {
  if (principal.audience && principal.audience !== audience)
    throw new DomainError(
      "auth.forbidden",
      `these credentials are for ${principal.audience} only`,
      {
        hint: `make a token with the audience ${audience}`,
      },
    );
}

export interface Authenticator {
  /** @throws DomainError auth.required */
  bearer(token: string): Promise<Principal>;
  /** @throws DomainError auth.required | auth.throttled */
  basic(login: string, password: string, address: string): Promise<Principal>;
}

interface Verified {
  readonly credentialVersion: number;
  readonly untilMs: number;
}

/** Failed logins in a row, per login *and* address: a stranger elsewhere cannot lock the admin out. */
interface Failures {
  readonly count: number;
  readonly untilMs: number;
}

interface Attempt {
  /** Of login and password. */
  readonly key: string;
  /** Of login and address. */
  readonly from: string;
  readonly password: string;
  readonly hash: string;
}

const failuresAllowed = 10;
const failuresKeptMs = 60_000;
const rememberedMax = 10_000;

/**
 * A verified Basic login costs no second scrypt for `limits.passwordCacheMs`, under the user's credential version, which every
 * request reads: a changed or removed password ends at once. The cache key is keyed with a secret of this process.
 */
export function createAuthenticator(deps: {
  readonly store: Pick<Store, "users" | "tokens">;
  readonly clock: Clock;
}): Authenticator {
  const processKey = randomBytes(32);
  const verified = new Map<string, Verified>();
  const failures = new Map<string, Failures>();
  const underWay = new Map<string, Promise<boolean>>();
  // An unknown login costs the same scrypt as a known one.
  const nobody = nobodysPassword();

  const cacheKey = (login: string, password: string): string =>
    createHash("sha256").update(processKey).update(`${login}\0${password}`).digest("hex");

  /**
   * Counted as failed before the work is done: a burst at once gets no more tries than one after the other. The same password given
   * several times at once, as browsers and dashboards do, is one try.
   */
  function isRight(attempt: Attempt): Promise<boolean> {
    const { key, from, password, hash } = attempt;
    const nowMs = deps.clock.nowMs();
    const shared = underWay.get(key);
    if (shared) return shared;
    const before = failures.get(from);
    checkThrottle(before, nowMs);
    const count = (before && before.untilMs > nowMs ? before.count : 0) + 1;
    remember(failures, from, { count, untilMs: nowMs + failuresKeptMs });
    const check = verifyPassword(password, hash).finally(() => underWay.delete(key));
    underWay.set(key, check);
    return check;
  }

  async function basic(given: string, password: string, address: string): Promise<Principal> {
    const login = loginOf(given);
    const nowMs = deps.clock.nowMs();
    const from = `${login}\0${address}`;
    checkThrottle(failures.get(from), nowMs);
    const user = canBeKey(login) ? await deps.store.users.findByLogin(login) : undefined;
    const key = cacheKey(login, password);
    const hit = verified.get(key);
    const known =
      user && hit && hit.untilMs > nowMs && hit.credentialVersion === user.credentialVersion;
    if (!known && !(await isRight({ key, from, password, hash: user?.passwordHash ?? nobody })))
      throw refusal();
    if (!user || user.disabled) throw refusal();
    failures.delete(from);
    if (!known)
      remember(verified, key, {
        credentialVersion: user.credentialVersion,
        untilMs: nowMs + limits.passwordCacheMs,
      });
    return principalOfUser(user);
  }

  async function bearer(token: string): Promise<Principal> {
    const stored = await deps.store.tokens.find(hashToken(token));
    if (!stored || (stored.expiresAtMs ?? Number.POSITIVE_INFINITY) <= deps.clock.nowMs())
      throw refusal();
    const user = await deps.store.users.get(stored.organization, stored.user);
    if (!user || user.disabled) throw refusal();
    const { id, name, scopes, audience, bound } = stored;
    const own = { kind: "token", id, name, scopes, audience } as const;
    return { ...principalOfUser(user), ...own, ...(bound && { bound }) };
  }

  return { basic, bearer };
}

/** All that the user may, wherever it counts. */
export const principalOfUser = ({
  organization,
  id,
  login,
  accessLevel,
  sites,
}: User): Principal => ({
  kind: "user",
  id: `${organization}#${id}`,
  organization,
  name: login,
  user: id,
  accessLevel,
  sites,
  scopes: ["*"],
});

function checkThrottle(failures: Failures | undefined, nowMs: number): void {
  if (!failures || failures.untilMs <= nowMs || failures.count < failuresAllowed) return;
  const retryAfterS = Math.ceil((failures.untilMs - nowMs) / 1000);
  throw new DomainError("auth.throttled", "too many failed logins", {
    hint: `try again in ${retryAfterS} s`,
    details: { retryAfterS },
  });
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > rememberedMax && oldest !== undefined) map.delete(oldest);
}
