/**
 * Login and password → user.
 *
 * A login that was verified costs no second scrypt for `limits.passwordCacheMs`: from the same address, and under the user's credential
 * version, which every request reads, so that a changed or removed password ends at once. A block counts for it, too: whoever guesses
 * is told as little by what is remembered as by what is not.
 */
import { createHmac, randomBytes } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { digest } from "../digest.ts";
import { canBeKey } from "../key.ts";
import type { Clock } from "../ports/clock.ts";
import type { Store } from "../ports/store.ts";
import { loginOf } from "../user/login.ts";
import type { User } from "../user/user.ts";
import { nobodysPassword, verifyPassword } from "./password.ts";
import { admitTry, findBlock, type Caller, type ThrottleDeps } from "./throttle.ts";

export interface LoginDeps {
  readonly store: ThrottleDeps["store"] & {
    readonly users: Pick<Store["users"], "get" | "findByLogin">;
  };
  readonly clock: Clock;
  /** Hash that an unknown login is verified against; as dear as any other when absent. */
  readonly nobody?: string;
}

export interface Login extends Caller {
  readonly password: string;
}

/** @throws DomainError auth.required | auth.throttled | request.throttled */
export type VerifyLogin = (login: Login) => Promise<User>;

interface Verified {
  readonly credentialVersion: number;
  readonly untilMs: number;
}

const rememberedMax = 10_000;

export const invalidCredentials = (): DomainError =>
  new DomainError("auth.required", "the credentials are not valid", {
    hint: "send Authorization: Bearer <token> or Basic <login:password>",
  });

export function createLogin(deps: LoginDeps): VerifyLogin {
  const { store, clock } = deps;
  const processKey = randomBytes(32);
  const verified = new Map<string, Verified>();
  const underWay = new Map<string, Promise<boolean>>();
  // An unknown login costs the same scrypt as a known one.
  const nobody = deps.nobody ?? nobodysPassword();

  const cacheKey = (...parts: readonly string[]): string =>
    digest(createHmac("sha256", processKey), parts);

  /** As many requests to the database for somebody as for nobody. */
  async function find(login: string): Promise<User | undefined> {
    const user = await store.users.findByLogin(login);
    if (!user) await store.users.get("", 0);
    return user;
  }

  async function isRight({ password, ...caller }: Login, user: User | undefined): Promise<boolean> {
    const one = await admitTry(deps, caller);
    const right = await verifyPassword(password, user?.passwordHash ?? nobody, {
      first: one.known,
      beforehand: () => one.count(),
    });
    if (!right || !user || user.disabled) return false;
    await one.succeed();
    return true;
  }

  /** The same password given several times at once, as browsers and dashboards do, is one try. */
  function shared(key: string, check: () => Promise<boolean>): Promise<boolean> {
    const before = underWay.get(key);
    if (before) return before;
    const result = check().finally(() => underWay.delete(key));
    underWay.set(key, result);
    return result;
  }

  return async ({ login: given, password, address }) => {
    // Before any work: nobody has such a login or password.
    if (!canBeKey(given) || password.length > limits.passwordCharactersMax)
      throw invalidCredentials();
    const login = loginOf(given);
    // Some characters become many.
    if (!canBeKey(login)) throw invalidCredentials();
    const [user, block] = await Promise.all([find(login), findBlock(deps, { login, address })]);
    if (block) throw block;
    const nowMs = clock.nowMs();
    const version = user?.credentialVersion ?? 0;
    const key = cacheKey(login, password, address);
    const hit = verified.get(key);
    if (user && !user.disabled && hit && hit.untilMs > nowMs && hit.credentialVersion === version)
      return user;
    const right = await shared(`${key} ${version}`, () =>
      isRight({ login, password, address }, user),
    );
    if (!right || !user) throw invalidCredentials();
    remember(verified, key, {
      credentialVersion: version,
      untilMs: nowMs + limits.passwordCacheMs,
    });
    return user;
  };
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > rememberedMax && oldest !== undefined) map.delete(oldest);
}
