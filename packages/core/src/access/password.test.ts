import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "./password.ts";

test("a password is verified against its hash, another one is not", async () => {
  const stored = await hashPassword("pässword 1");
  expect(stored).toMatch(/^scrypt\$131072\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  // The same text, composed otherwise. [RFC 8265, NFKC as here]
  expect(await verifyPassword("pa\u0308ssword 1", stored)).toBe(true);
  expect(await verifyPassword("pässword 2", stored)).toBe(false);
});

test.each([
  "",
  "pässword 1",
  "bcrypt$12$8$1$aaaa$bbbb",
  "scrypt$16$8$1$$bbbb",
  "scrypt$16$8$1$aaaa$",
  "scrypt$16$8$1",
])("nothing verifies against %j", async (stored) => {
  expect(await verifyPassword("pässword 1", stored)).toBe(false);
});
