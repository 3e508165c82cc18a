import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createAesVault } from "./aes-vault.ts";

const key = randomBytes(32);
const vault = createAesVault(key);

test.each(["", "secret", "ü".repeat(5_000)])("gives back what it was given (%#)", async (text) => {
  const encrypted = await vault.encrypt(text, "str_1");
  expect(await vault.decrypt(encrypted, "str_1")).toBe(text);
  expect(await createAesVault(key).decrypt(encrypted, "str_1")).toBe(text);
  expect(await vault.encrypt(text, "str_1")).not.toBe(encrypted);
});

test.each<[string, (encrypted: string) => Promise<string>]>([
  ["for another stream", (encrypted) => vault.decrypt(encrypted, "str_2")],
  ["with another key", (encrypted) => createAesVault(randomBytes(32)).decrypt(encrypted, "str_1")],
  ["when it was changed", (encrypted) => vault.decrypt(`${encrypted.slice(0, -6)}AAAAAA`, "str_1")],
  ["when it was cut", (encrypted) => vault.decrypt(encrypted.slice(0, 20), "str_1")],
  ["when it is empty", () => vault.decrypt("", "str_1")],
])("does not decrypt %s", async (_, decrypt) => {
  await expect(decrypt(await vault.encrypt("secret", "str_1"))).rejects.toThrow();
});
