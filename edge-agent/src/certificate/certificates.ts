/**
 * The certificate that the box connects with, and the next one while it changes over.
 *
 * INVARIANTS
 * - The next key is on disk before the cloud hears of it, and the next certificate before anything is connected by it.
 * - identity.json names the next one only after the cloud has let it in. Until then both are on disk, and one of them works.
 * - An enrolment that another process makes meanwhile wins over both.
 */
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import {
  CertificateLife,
  renewalAtMs,
  type CertificateAnswer,
} from "@sightline/contracts/certificate";
import { limits } from "@sightline/contracts/limits";
import { makeCsr } from "../enrolment/csr.ts";
import { removeFile, writeAtomically } from "../file.ts";
import { readIdentity, writeIdentity, type Identity } from "../identity.ts";
import { log, reasonOf } from "../log.ts";
import { parseJson } from "../json.ts";

const NextCertificate = z.object({
  /** The certificate that this one follows. */
  after: z.string(),
  privateKeyPem: z.string(),
  csr: z.string(),
  /** Absent until the cloud has answered. */
  certificatePem: z.string().optional(),
  certificateLife: CertificateLife.optional(),
});
type NextCertificate = z.infer<typeof NextCertificate>;

export interface CertificateHandlers {
  /** The box has enrolled anew as the same thing: by the next attempt it connects as that. */
  readonly enrolledAnew: (identity: Identity) => void;
  /** … as another thing: nothing that this process holds is of use. */
  readonly isAnother: () => void;
}

const pathOf = (folder: string): string => join(folder, "renewal.json");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export class Certificates {
  readonly #folder: string;
  readonly #handlers: CertificateHandlers;
  #identity: Identity;
  #next: NextCertificate | undefined;
  /** The attempt that is made or held is by the next certificate. */
  #usesNext = false;
  /** What stands in identity.json is our own doing. */
  #writing = false;

  private constructor(folder: string, identity: Identity, handlers: CertificateHandlers) {
    this.#folder = folder;
    this.#identity = identity;
    this.#handlers = handlers;
  }

  static async open(
    folder: string,
    identity: Identity,
    handlers: CertificateHandlers,
  ): Promise<Certificates> {
    const certificates = new Certificates(folder, identity, handlers);
    const text = await readFile(pathOf(folder), "utf8").catch(() => "");
    const next = NextCertificate.safeParse(parseJson(text));
    const { certificatePem } = identity;
    if (next.success && [next.data.after, next.data.certificatePem].includes(certificatePem))
      certificates.#next = next.data;
    return certificates;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** By the server's clock. Spread by the certificate, so that it stays the same over restarts. */
  get dueAtMs(): number {
    const { certificatePem } = this.#identity;
    const spread = Number.parseInt(sha256(certificatePem).slice(0, 8), 16) / 0xffff_ffff;
    return renewalAtMs(lifeOf(this.#identity), spread);
  }

  /** There is a next certificate, and the connection is not by it: the cloud did not let it in. */
  get nextWasRefused(): boolean {
    return this.#candidate !== undefined && !this.#usesNext;
  }

  /** For one attempt to connect: the next certificate where there is one, and after that failed the one in force, by turns. */
  async choose(): Promise<Pick<Identity, "certificatePem" | "privateKeyPem" | "caPem" | "mqtt">> {
    await this.readAgain();
    const candidate = this.#candidate;
    this.#usesNext = candidate !== undefined && !this.#usesNext;
    return this.#usesNext ? { ...this.#identity, ...candidate } : this.#identity;
  }

  /** After the cloud has let the box in; true when it must be told that the certificate is another one. */
  async settle(): Promise<boolean> {
    const candidate = this.#candidate;
    if (this.#usesNext && candidate) {
      const { certificatePem, certificateLife, privateKeyPem } = candidate;
      const next = { ...this.#identity, certificatePem, certificateLife, privateKeyPem };
      // Enrolled anew since the attempt began: what this connection is by was revoked with that.
      if (await this.readAgain()) return false;
      await this.#take(next);
      this.#usesNext = false;
    }
    return this.#next?.certificatePem === this.#identity.certificatePem;
  }

  /** The cloud has taken note. */
  async settled(): Promise<void> {
    this.#next = undefined;
    await removeFile(pathOf(this.#folder));
  }

  /** The request for the next certificate: the very same one until it has become the one in force. */
  async request(): Promise<string> {
    if (this.#next) return this.#next.csr;
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const next: NextCertificate = {
      after: this.#identity.certificatePem,
      privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      csr: makeCsr(privateKey, this.#identity.thing),
    };
    await this.#keep(next);
    return next.csr;
  }

  /** True when the answer is to what was asked: the box can connect by it from now on. */
  async accept(answer: CertificateAnswer): Promise<boolean> {
    const next = this.#next;
    if (!next || sha256(next.csr) !== answer.csrHash) return false;
    const { certificatePem, certificateLife } = answer;
    const certificate = new X509Certificate(certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(next.privateKeyPem)))
      throw new Error("the certificate is not for this box's key");
    await this.#keep({ ...next, certificatePem, certificateLife });
    this.#usesNext = false;
    return true;
  }

  /** What a person has to know when the server does not let the box in. */
  advice(nowMs: number): string {
    const { expiresAtMs } = lifeOf(this.#identity);
    const why =
      nowMs >= expiresAtMs
        ? `this box's certificate expired on ${new Date(expiresAtMs).toISOString()}`
        : "the server hangs up on this box: the device was probably deleted, or another box has taken its place";
    return `${why}; enrol again with a new token: sightline-agent enrol --url URL --token TOKEN --dir ${this.#folder}`;
  }

  get #candidate() {
    const { certificatePem, certificateLife, privateKeyPem } = this.#next ?? {};
    if (!certificatePem || !certificateLife || !privateKeyPem) return undefined;
    if (certificatePem === this.#identity.certificatePem) return undefined;
    return { certificatePem, certificateLife, privateKeyPem };
  }

  async #take(next: Identity): Promise<void> {
    this.#writing = true;
    try {
      await writeIdentity(this.#folder, next);
      this.#identity = next;
    } finally {
      this.#writing = false;
    }
  }

  async #keep(next: NextCertificate): Promise<void> {
    await writeAtomically(pathOf(this.#folder), JSON.stringify(next));
    this.#next = next;
  }

  /** True when the box has enrolled anew. What cannot be read leaves the box as it is. */
  async readAgain(): Promise<boolean> {
    if (this.#writing) return false;
    const before = this.#identity;
    const found = await readIdentity(this.#folder).catch((error: unknown) => {
      log.warn(`identity.json cannot be read: ${reasonOf(error)}`);
      return undefined;
    });
    // Changed over meanwhile: what was read is the one before.
    if (!found || this.#writing || this.#identity !== before) return false;
    if (found.certificatePem === before.certificatePem) return false;
    if (found.thing !== this.#identity.thing) {
      this.#handlers.isAnother();
      return true;
    }
    this.#identity = found;
    this.#next = undefined;
    this.#usesNext = false;
    this.#handlers.enrolledAnew(found);
    return true;
  }
}

/** An identity of before lives were told goes by the certificate itself, at most as long as we promise. */
function lifeOf({ certificateLife, certificatePem }: Identity): CertificateLife {
  if (certificateLife) return certificateLife;
  const { validFrom, validTo } = new X509Certificate(certificatePem);
  const issuedAtMs = Date.parse(validFrom);
  const endsAtMs = Date.parse(validTo);
  return { issuedAtMs, expiresAtMs: Math.min(endsAtMs, issuedAtMs + limits.certificateLifeMs) };
}
