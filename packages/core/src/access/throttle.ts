/**
 * Holds off who guesses passwords. Wrong tries are counted in the database: by all processes together, and beyond a restart.
 *
 * INVARIANTS
 * - Per login and address: `limits.loginFailuresMax` tries, then both are blocked for the organization's time, whatever the password.
 * - A try counts as wrong before the work on it is done: a burst gets no more tries than one after the other.
 * - Strangers, from whose address the login has not succeeded for `limits.knownCallerMs`, share two more counts: one of the login,
 *   from wherever they come, and one of the address, whatever login they try. Known callers are counted by their own count only, so
 *   that strangers can neither guess without end nor lock somebody out of where they always log in.
 * - Nothing here tells whether there is such a login: not an answer, not a request to the database, not a time.
 */
import { createHash } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { originatorOf } from "../audit/audit.ts";
import { digest } from "../digest.ts";
import type { Clock } from "../ports/clock.ts";
import type { TryBound, TryCount } from "../ports/session-store.ts";
import type { Store } from "../ports/store.ts";

export interface ThrottleDeps {
  readonly store: Pick<Store, "throttle"> & {
    readonly organizations: Pick<Store["organizations"], "findByLoginPrefix">;
  };
  readonly clock: Clock;
}

/** Who tries to log in, from where. */
export interface Caller {
  readonly login: string;
  readonly address: string;
}

/** A try that may be made. */
export interface Try {
  readonly known: boolean;
  /** @throws DomainError auth.throttled when others were faster */
  count(): Promise<void>;
  /** It was the right password: what was counted is taken back, and the caller is known from now on. */
  succeed(): Promise<void>;
}

const keyOf = (...parts: readonly string[]): string => digest(createHash("sha256"), parts);

function keysOf({ login, address }: Caller) {
  const from = originatorOf(address);
  return {
    pair: keyOf("pair", login, from),
    login: keyOf("login", login),
    address: keyOf("address", from),
    known: keyOf("known", login, from),
  };
}

const throttled = (untilMs: number, nowMs: number): DomainError => {
  const retryAfterS = Math.max(1, Math.ceil((untilMs - nowMs) / 1000));
  return new DomainError("auth.throttled", "too many failed logins", {
    hint: `try again in ${retryAfterS} s`,
    details: { retryAfterS },
  });
};

const holds = ({ untilMs }: TryCount, nowMs: number, spanMsMax: number): boolean =>
  untilMs > nowMs && untilMs <= nowMs + spanMsMax;

function refusalOf(
  count: TryCount | undefined,
  max: number,
  nowMs: number,
): DomainError | undefined {
  const isFull = count && count.count >= max && holds(count, nowMs, limits.loginBlockMsMax);
  return isFull ? throttled(count.untilMs, nowMs) : undefined;
}

/** What every login is refused with there, also one whose password was verified lately; undefined when it is not blocked. */
export async function findBlock(
  { store, clock }: ThrottleDeps,
  caller: Caller,
): Promise<DomainError | undefined> {
  const [pair] = await store.throttle.get([keysOf(caller).pair]);
  return refusalOf(pair, limits.loginFailuresMax, clock.nowMs());
}

/** @throws DomainError auth.throttled */
export async function admitTry({ store, clock }: ThrottleDeps, caller: Caller): Promise<Try> {
  const { throttle } = store;
  const keys = keysOf(caller);
  const [organization, [ofLogin, ofAddress, mark]] = await Promise.all([
    store.organizations.findByLoginPrefix(prefixOf(caller.login)),
    throttle.get([keys.login, keys.address, keys.known]),
  ]);
  const nowMs = clock.nowMs();
  const known = mark !== undefined && holds(mark, nowMs, limits.knownCallerMs);
  const shared = known ? [] : [keys.login, keys.address];
  const max = limits.strangerFailuresMax;
  const refusal = refusalOf(ofLogin, max, nowMs) ?? refusalOf(ofAddress, max, nowMs);
  if (!known && refusal) throw refusal;
  const count = async (key: string, spanMs: number, bound: Pick<TryBound, "max" | "extend">) => {
    const countedAtMs = clock.nowMs();
    const untilMs = countedAtMs + spanMs;
    const horizonMs = countedAtMs + limits.loginBlockMsMax;
    if (!(await throttle.count(key, { ...bound, nowMs: countedAtMs, untilMs, horizonMs })))
      throw throttled(untilMs, countedAtMs);
  };
  return {
    known,

    async count() {
      const blockMs = organization?.loginBlockMs ?? limits.loginBlockMs;
      await count(keys.pair, blockMs, { max: limits.loginFailuresMax, extend: true });
      const bound = { max: limits.strangerFailuresMax, extend: false };
      for (const key of shared) await count(key, limits.strangerSpanMs, bound);
    },

    async succeed() {
      const knownUntilMs = nowMs + limits.knownCallerMs;
      // Once a day will do.
      const isFresh = known && mark.untilMs > knownUntilMs - 86_400_000;
      await Promise.all([
        throttle.clear(keys.pair),
        ...shared.map((key) => throttle.uncount(key)),
        ...(isFresh ? [] : [throttle.mark(keys.known, knownUntilMs)]),
      ]);
    },
  };
}

/** Up to the last `/`, for logins themselves have none. */
const prefixOf = (login: string): string => login.slice(0, login.lastIndexOf("/") + 1);
