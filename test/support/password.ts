import { scryptSync } from "node:crypto";

/** In the form of `core/access/password.ts` with a millisecond of work, for tests of what is not scrypt. */
export function quickHash(password: string): string {
  const salt = Buffer.from("salt");
  const key = scryptSync(password.normalize("NFKC"), salt, 32, { N: 16, r: 8, p: 1 });
  return ["scrypt", 16, 8, 1, salt.toString("base64url"), key.toString("base64url")].join("$");
}
