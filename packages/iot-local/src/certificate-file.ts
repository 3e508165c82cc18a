/** A private key and its certificates in one PEM file, 0600, replaced as a whole so that they always belong together. */
import { open, readFile, rename } from "node:fs/promises";

export interface KeyedCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

export async function readKeyedCertificate(path: string): Promise<KeyedCertificate | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const at = text.indexOf("-----BEGIN CERTIFICATE-----");
  if (at <= 0) throw new Error(`${path} does not hold a key and a certificate`);
  return { keyPem: text.slice(0, at), certificatePem: text.slice(at) };
}

export async function writeKeyedCertificate(path: string, pair: KeyedCertificate): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", 0o600);
  try {
    await file.writeFile(`${pair.keyPem.trim()}\n${pair.certificatePem.trim()}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}
