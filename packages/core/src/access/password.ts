/** Passwords: scrypt with OWASP's parameters, off the event loop. [OWASP Password Storage Cheat Sheet, scrypt] */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

const cost = { N: 2 ** 17, r: 8, p: 1, keyBytes: 32 } as const;
/** scrypt needs 128·N·r bytes; Node's own ceiling is lower. */
const maxmem = 256 * 1024 * 1024;

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

/** `scrypt$N$r$p$salt$key`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  const { N, r, p } = cost;
  return ["scrypt", N, r, p, salt.toString("base64url"), key.toString("base64url")].join("$");
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
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
