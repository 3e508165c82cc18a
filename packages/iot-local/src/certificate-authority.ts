/**
 * The certificate authority of one folder: EC P-256, made once, key 0600. Signs the servers of this machine and the
 * devices that enrol. Device keys are made on the device; only their CSR comes here.
 */
// @peculiar/x509 needs the reflect polyfill before it is imported, once per process.
import "reflect-metadata";
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { invalidRequest } from "./aws-error.ts";
import {
  type KeyedCertificate,
  readKeyedCertificate,
  writeKeyedCertificate,
} from "./certificate-file.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;
const authorityDays = 20 * 365;
const serverDays = 398;

type Key = webcrypto.CryptoKey;

export interface IssuedCertificate {
  readonly certificateId: string;
  readonly certificatePem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export class CertificateAuthority {
  readonly certificatePem: string;
  /** SHA-256 of the DER, hex, lower case. */
  readonly fingerprint256: string;
  readonly #certificate: x509.X509Certificate;
  readonly #key: Key;
  readonly #nowMs: () => number;

  private constructor(pair: KeyedCertificate, deps: { key: Key; nowMs: () => number }) {
    this.#certificate = new x509.X509Certificate(pair.certificatePem);
    this.certificatePem = `${this.#certificate.toString("pem")}\n`;
    this.fingerprint256 = certificateIdOf(new Uint8Array(this.#certificate.rawData));
    this.#key = deps.key;
    this.#nowMs = deps.nowMs;
  }

  static async open(folder: string, nowMs: () => number): Promise<CertificateAuthority> {
    const path = join(folder, "authority.pem");
    let pair = await readKeyedCertificate(path);
    if (!pair) {
      pair = await createAuthority(nowMs());
      await writeKeyedCertificate(path, pair);
    }
    const key = await webcrypto.subtle.importKey("pkcs8", der(pair.keyPem), algorithm, false, [
      "sign",
    ]);
    return new CertificateAuthority(pair, { key, nowMs });
  }

  /** A certificate for a server with these DNS names and IP addresses; the chain is leaf, then authority. */
  async issueServer(names: readonly string[]): Promise<KeyedCertificate> {
    const keys = await createKeys();
    const certificate = await this.#sign({
      subject: names.find((name) => isIP(name) === 0) ?? names[0] ?? "sightline",
      publicKey: keys.publicKey,
      lifeMs: serverDays * dayMs,
      extensions: [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
        ),
      ],
    });
    return {
      keyPem: await pemOfKey(keys.privateKey),
      certificatePem: `${certificate.toString("pem")}\n${this.certificatePem}`,
    };
  }

  /** @throws AwsError InvalidRequestException when the CSR is not one or its signature does not verify. */
  async issueDevice(csrPem: string, lifeMs: number): Promise<IssuedCertificate> {
    const request = await readRequest(csrPem);
    const certificate = await this.#sign({
      subject: request.subjectName.getField("CN")[0] ?? "AWS IoT Certificate",
      publicKey: request.publicKey,
      lifeMs,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    });
    return {
      certificateId: certificateIdOf(new Uint8Array(certificate.rawData)),
      certificatePem: `${certificate.toString("pem")}\n`,
      notBeforeMs: certificate.notBefore.getTime(),
      notAfterMs: certificate.notAfter.getTime(),
    };
  }

  #sign(leaf: {
    subject: string;
    publicKey: x509.PublicKeyType;
    lifeMs: number;
    extensions: x509.Extension[];
  }): Promise<x509.X509Certificate> {
    return x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: new x509.Name([{ CN: [leaf.subject] }]).toString(),
      issuer: this.#certificate.subject,
      // A device whose clock is a little behind can still use what it was just given.
      notBefore: new Date(this.#nowMs() - dayMs),
      notAfter: new Date(this.#nowMs() + leaf.lifeMs),
      signingAlgorithm: algorithm,
      publicKey: leaf.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...leaf.extensions,
      ],
    });
  }
}

/** As AWS: the certificate id is the SHA-256 of the DER, in lower-case hex. */
export function certificateIdOf(raw: Uint8Array): string {
  return createHash("sha256").update(raw).digest("hex");
}

/** True when the certificate names exactly these servers, and two thirds of its life are not over. */
export function isServerCertificateFresh(
  certificatePem: string,
  names: readonly string[],
  nowMs: number,
): boolean {
  const leaf = new x509.X509Certificate(certificatePem.split(/(?<=-----END CERTIFICATE-----)/)[0]!);
  const extension = leaf.getExtension(x509.SubjectAlternativeNameExtension);
  const held = (extension?.names.items ?? []).map(({ value }) => value);
  if (held.toSorted().join() !== [...new Set(names)].toSorted().join()) return false;
  const lifeMs = leaf.notAfter.getTime() - leaf.notBefore.getTime();
  return nowMs < leaf.notBefore.getTime() + (lifeMs * 2) / 3;
}

async function createAuthority(nowMs: number): Promise<KeyedCertificate> {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: "CN=Sightline local authority",
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + authorityDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keyPem: await pemOfKey(keys.privateKey), certificatePem: certificate.toString("pem") };
}

async function readRequest(csrPem: string): Promise<x509.Pkcs10CertificateRequest> {
  let request: x509.Pkcs10CertificateRequest;
  let genuine: boolean;
  try {
    request = new x509.Pkcs10CertificateRequest(csrPem);
    genuine = await request.verify();
  } catch {
    throw invalidRequest("the certificate signing request cannot be read");
  }
  if (!genuine) throw invalidRequest("the signature of the certificate signing request is wrong");
  return request;
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function pemOfKey(key: Key): Promise<string> {
  const raw = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = raw.match(/.{1,64}/g)?.join("\n") ?? "";
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

function der(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
}

/** Positive, 16 bytes, random. [RFC 5280 4.1.2.2] */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
