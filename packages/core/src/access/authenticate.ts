/** Credentials → principal. Every way in ends here, whatever dialect a client speaks. */
import { createHash, randomBytes } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { canBeKey } from "../key.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Store } from "../ports/store.ts";
import { nobodysPassword, verifyPassword } from "./password.ts";
import type { Audience, Permission, Principal } from "./principal.ts";

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

/** @throws DomainError auth.forbidden, naming the permission that lacks */
export function requirePermission(principal: Principal, permission: Permission): void {
  const { scopes } = principal;
  if (!scopes.includes("*") && !scopes.includes(permission))
    throw new DomainError("auth.forbidden", `this needs the permission ${permission}`, {
      details: { permission },
    });
}

/** A bound token counts with its own dialect only; any other credentials count everywhere. @throws DomainError auth.forbidden */
export function requireAudience({ bound }: Principal, audience: Audience): void {
  if (bound && bound.audience !== audience)
    throw new DomainError("auth.forbidden", `this token is for ${bound.audience} only`, {
      hint: "make a token without a device for everything else",
    });
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
  readonly store: Pick<Store, "access">;
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

  async function basic(login: string, password: string, address: string): Promise<Principal> {
    const nowMs = deps.clock.nowMs();
    const from = `${login}\0${address}`;
    checkThrottle(failures.get(from), nowMs);
    const user = canBeKey(login) ? await deps.store.access.findUser(login) : undefined;
    const key = cacheKey(login, password);
    const hit = verified.get(key);
    const known =
      user && hit && hit.untilMs > nowMs && hit.credentialVersion === user.credentialVersion;
    if (!known && !(await isRight({ key, from, password, hash: user?.passwordHash ?? nobody })))
      throw refusal();
    if (!user) throw refusal();
    failures.delete(from);
    if (!known)
      remember(verified, key, {
        credentialVersion: user.credentialVersion,
        untilMs: nowMs + limits.passwordCacheMs,
      });
    const { id, organization, scopes } = user;
    return { id, organization, name: user.login, scopes };
  }

  async function bearer(token: string): Promise<Principal> {
    const stored = await deps.store.access.findToken(hashToken(token));
    if (!stored || (stored.expiresAtMs ?? Number.POSITIVE_INFINITY) <= deps.clock.nowMs())
      throw refusal();
    const { id, organization, name, scopes, bound } = stored;
    return { id, organization, name, scopes, ...(bound && { bound }) };
  }

  return { basic, bearer };
}

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
