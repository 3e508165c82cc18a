/**
 * A certificate signing request for an EC P-256 key. [RFC 2986] in DER [X.690]: a dozen nodes, written here because a library for it
 * would weigh as much as the agent.
 */
import { createPublicKey, sign, type KeyObject } from "node:crypto";

const oids = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;

/** PEM; the key signs it, so a repeated request must send the stored text. */
export function makeCsr(privateKey: KeyObject, commonName: string): string {
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const subject = sequence(set(sequence(oid(oids.commonName), utf8(commonName))));
  // version 0, subject, key, no attributes.
  const request = sequence(integerZero, subject, publicKey, node(0xa0));
  const algorithm = sequence(oid(oids.ecdsaWithSha256));
  const der = sequence(request, algorithm, bitString(sign("sha256", request, privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [
    "-----BEGIN CERTIFICATE REQUEST-----",
    ...lines,
    "-----END CERTIFICATE REQUEST-----",
    "",
  ].join("\n");
}

function node(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body]);
}

/** Short form below 128, else the count of length bytes and they. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

const integerZero = node(0x02, Buffer.from([0]));
const sequence = (...parts: readonly Buffer[]): Buffer => node(0x30, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => node(0x31, ...parts);
const utf8 = (text: string): Buffer => node(0x0c, Buffer.from(text));
/** No unused bits. */
const bitString = (bytes: Buffer): Buffer => node(0x03, Buffer.from([0]), bytes);

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return node(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}
