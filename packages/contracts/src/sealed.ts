/**
 * Camera credentials on their way to a box: sealed to a key that was made there, so that a shadow people look at holds none.
 * HPKE base mode [RFC 9180], DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 *
 * A sealed text is `1.{encapsulated key}.{ciphertext}`, base64url; the context (the stream's id) is authenticated with it,
 * so that a box for one stream does not open as another's.
 */
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { DomainError } from "./errors.ts";

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});
const application = new TextEncoder().encode("sightline camera credentials v1");

export interface SealingKeyPair {
  /** 32 bytes, base64url. */
  readonly publicKey: string;
  /** 32 bytes, base64url; never leaves the box. */
  readonly privateKey: string;
}

export async function makeSealingKeyPair(): Promise<SealingKeyPair> {
  const pair = await suite.kem.generateKeyPair();
  return {
    publicKey: toText(await suite.kem.serializePublicKey(pair.publicKey)),
    privateKey: toText(await suite.kem.serializePrivateKey(pair.privateKey)),
  };
}

/** Sealing twice gives different texts: keep the first one where equality matters. */
export async function seal(publicKey: string, text: string, context: string): Promise<string> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(toBytes(publicKey));
  const { enc, ct } = await suite.seal(
    { recipientPublicKey, info: application },
    new TextEncoder().encode(text),
    new TextEncoder().encode(context),
  );
  return `1.${toText(enc)}.${toText(ct)}`;
}

/** @throws DomainError stream.secret-unreadable when it was sealed to another key or for another context. */
export async function unseal(privateKey: string, sealed: string, context: string): Promise<string> {
  const [version, enc, ct] = sealed.split(".");
  try {
    if (version !== "1" || !enc || !ct) throw new TypeError("not a sealed text");
    const recipientKey = await suite.kem.deserializePrivateKey(toBytes(privateKey));
    const opened = await suite.open(
      { recipientKey, enc: toBytes(enc), info: application },
      toBytes(ct),
      new TextEncoder().encode(context),
    );
    return new TextDecoder().decode(opened);
  } catch (cause) {
    throw new DomainError("stream.secret-unreadable", "the sealed credentials do not open here", {
      cause,
      hint: "set the camera's username and password again",
    });
  }
}

const toText = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64url");

/** A fresh ArrayBuffer: Buffers share a pool that WebCrypto must not see. */
function toBytes(text: string): ArrayBuffer {
  const bytes = Buffer.from(text, "base64url");
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
