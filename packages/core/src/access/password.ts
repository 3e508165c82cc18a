/**
 * Passwords: scrypt with OWASP's parameters, off the event loop. [OWASP Password Storage Cheat Sheet, scrypt]
 * One takes 128 MB and a third of a second, so that few are worked on at once in a process.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { limits } from "@sightline/contracts/limits";
import { Turnstile } from "./turnstile.ts";

const cost = { N: 2 ** 17, r: 8, p: 1, keyBytes: 32 } as const;
/** scrypt needs 128·N·r bytes; Node's own ceiling is lower. */
const maxmem = 256 * 1024 * 1024;

const turnstile = new Turnstile({
  atOnce: limits.scryptInFlightMax,
  waitingMax: limits.scryptWaitingRequestsMax,
});

function derive(
  password: string,
  salt: Buffer,
  { N, r, p, keyBytes }: { N: number; r: number; p: number; keyBytes: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyBytes, { N, r, p, maxmem }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** `scrypt$N$r$p$salt$key`, base64url. @throws DomainError request.throttled */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  // Who makes a password has been let in before.
  const key = await turnstile.pass(() => derive(password, salt, cost), { first: true });
  const { N, r, p } = cost;
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

export interface Turn {
  /** In front of strangers. */
  readonly first?: boolean;
  /** Runs when the turn has come, before the work; what it throws ends the try. */
  readonly beforehand?: () => Promise<void>;
}

/** @throws DomainError request.throttled, and what `beforehand` throws */
export function verifyPassword(
  password: string,
  stored: string,
  { first = false, beforehand }: Turn = {},
): Promise<boolean> {
  const work = async (): Promise<boolean> => {
    await beforehand?.();
    return isPassword(password, stored);
  };
  return turnstile.pass(work, { first });
}

async function isPassword(password: string, stored: string): Promise<boolean> {
  const [kind, N, r, p, salt, key] = stored.split("$");
  if (kind !== "scrypt" || !salt || !key) return false;
  const wanted = Buffer.from(key, "base64url");
  const parameters = { N: Number(N), r: Number(r), p: Number(p), keyBytes: wanted.length };
  const given = await derive(password, Buffer.from(salt, "base64url"), parameters);
  return timingSafeEqual(given, wanted);
}

/** What to verify against where there is nobody: as much work, and no password has it. */
export function nobodysPassword(): string {
  const { N, r, p, keyBytes } = cost;
  const [salt, key] = [randomBytes(16), randomBytes(keyBytes)];
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}
