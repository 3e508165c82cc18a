import { scryptSync } from "node:crypto";

/** In the form of `core/access/password.ts`, with 128·8·N bytes of work. */
function hashAt(N: number, password: string): string {
  const salt = Buffer.from("salt");
  const maxmem = 2048 * N + 1_000_000;
  const key = scryptSync(password.normalize("NFKC"), salt, 32, { N, r: 8, p: 1, maxmem });
  return ["scrypt", N, 8, 1, salt.toString("base64url"), key.toString("base64url")].join("$");
}

/** Next to no work, for tests of what is not scrypt. */
export const quickHash = (password: string): string => hashAt(16, password);

/** A fourth of the real work, for tests of what is done meanwhile. */
export const slowHash = (password: string): string => hashAt(2 ** 15, password);
