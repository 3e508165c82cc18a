import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Vault } from "../ports/vault.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** `1.{nonce + ciphertext + tag, base64url}` under one 32-byte key of the installation. */
export function createAesVault(key: Buffer): Vault {
  return {
    encrypt: (text, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final()]);
      return Promise.resolve(
        `1.${Buffer.concat([body, cipher.getAuthTag()]).toString("base64url")}`,
      );
    },
    decrypt: async (encrypted, context) => {
      const bytes = Buffer.from(encrypted.replace(/^1\./, ""), "base64url");
      const nonce = bytes.subarray(0, nonceBytes);
      const tag = bytes.subarray(-tagBytes);
      const decipher = createDecipheriv(algorithm, key, nonce)
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      const body = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Promise.resolve(Buffer.concat([body, decipher.final()]).toString("utf8"));
    },
  };
}
