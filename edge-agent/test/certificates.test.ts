/** What is on the box at every step of a renewal: after a loss of power at any of them it can still connect. */
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateAnswer } from "@sightline/contracts/certificate";
import { CertificateAuthority } from "@sightline/iot-local/certificate-authority";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Certificates } from "../src/certificate/certificates.ts";
import { Renewal } from "../src/certificate/renewal.ts";
import { makeCsr } from "../src/enrolment/csr.ts";
import { readIdentity, writeIdentity, type Identity } from "../src/identity.ts";
import { waitFor } from "./wait-for.ts";

const lifeMs = 3_600_000;
const renewalFile = "renewal.json";

let folder: string;
let authority: CertificateAuthority;
let identity: Identity;
let seen: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-certificates-"));
  authority = await CertificateAuthority.open(folder, Date.now);
  identity = await enrolled("thing-1");
  seen = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const issue = async (csr: string): Promise<CertificateAnswer> => {
  const { certificatePem } = await authority.issueDevice(csr, lifeMs);
  const issuedAtMs = Date.now();
  return {
    v: 1,
    csrHash: createHash("sha256").update(csr).digest("hex"),
    certificatePem,
    certificateLife: { issuedAtMs, expiresAtMs: issuedAtMs + lifeMs },
  };
};

/** As `enrol` leaves it. */
async function enrolled(thing: string): Promise<Identity> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { certificatePem, certificateLife } = await issue(makeCsr(privateKey, thing));
  const made: Identity = {
    v: 1,
    app: "sightline",
    stage: "test",
    organization: "org",
    device: { id: "dev", name: "box" },
    thing,
    certificatePem,
    certificateLife,
    caPem: authority.certificatePem,
    mqtt: { host: "127.0.0.1", port: 8883 },
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    sealingKeys: [`sealing-${thing}`],
  };
  await writeIdentity(folder, made);
  return made;
}

/** A process that starts on what is on disk. */
async function open(): Promise<Certificates> {
  const stored = await readIdentity(folder);
  if (!stored) throw new Error("no identity");
  return Certificates.open(folder, stored, {
    enrolledAnew: ({ sealingKeys }) => void seen.push(`anew ${sealingKeys.join()}`),
    isAnother: () => void seen.push("another"),
  });
}

const isPair = ({ certificatePem, privateKeyPem }: Identity): boolean =>
  new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem));

describe("a renewal", () => {
  it("asks with the very same request, also after a loss of power", async () => {
    const csr = await (await open()).request();
    const again = await open();
    expect(await again.request()).toBe(csr);
    expect((await again.choose()).certificatePem).toBe(identity.certificatePem);
  });

  it("takes only the answer to its request, and only for its key", async () => {
    const certificates = await open();
    const csr = await certificates.request();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const stranger = await issue(makeCsr(privateKey, "thing-1"));
    expect(await certificates.accept(stranger)).toBe(false);
    const twisted = { ...stranger, csrHash: (await issue(csr)).csrHash };
    await expect(certificates.accept(twisted)).rejects.toThrow("not for this box's key");
    expect((await (await open()).choose()).certificatePem).toBe(identity.certificatePem);
  });

  it("tries the next certificate and the one in force by turns, also after a loss of power", async () => {
    const before = await open();
    const answer = await issue(await before.request());
    expect(await before.accept(answer)).toBe(true);
    for (const certificates of [before, await open()]) {
      const tried: string[] = [];
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const { certificatePem } = await certificates.choose();
        tried.push(certificatePem === answer.certificatePem ? "next" : "in force");
        expect(certificates.nextWasRefused).toBe(tried.at(-1) === "in force");
      }
      expect(tried).toEqual(["next", "in force", "next", "in force"]);
    }
    expect((await readIdentity(folder))?.certificatePem).toBe(identity.certificatePem);
  });

  it("makes the next certificate the one in force once the cloud let it in, and says so until it was heard", async () => {
    const before = await open();
    const answer = await issue(await before.request());
    await before.accept(answer);
    expect(await before.settle()).toBe(false);
    await before.choose();
    expect(await before.settle()).toBe(true);
    const stored = await readIdentity(folder);
    expect(stored).toMatchObject({
      ...identity,
      ...pick(answer),
      privateKeyPem: expect.anything(),
    });
    expect(isPair(stored!)).toBe(true);
    const after = await open();
    await after.choose();
    expect(await after.settle()).toBe(true);
    await after.settled();
    expect(existsSync(join(folder, renewalFile))).toBe(false);
    expect(await after.settle()).toBe(false);
  });

  it("starts anew where its file is damaged", async () => {
    await writeFile(join(folder, renewalFile), '{"after":');
    const certificates = await open();
    expect((await certificates.choose()).certificatePem).toBe(identity.certificatePem);
    await certificates.accept(await issue(await certificates.request()));
    expect((await certificates.choose()).certificatePem).not.toBe(identity.certificatePem);
  });
});

const pick = ({ certificatePem, certificateLife }: CertificateAnswer) => ({
  certificatePem,
  certificateLife,
});

describe("an enrolment by another process", () => {
  it("wins over a renewal at every step", async () => {
    const certificates = await open();
    await certificates.accept(await issue(await certificates.request()));
    await certificates.choose();
    const fresh = await enrolled("thing-1");
    expect(await certificates.settle()).toBe(false);
    expect((await certificates.choose()).certificatePem).toBe(fresh.certificatePem);
    expect(seen).toEqual(["anew sealing-thing-1"]);
    expect(await readIdentity(folder)).toEqual(fresh);
    expect((await (await open()).choose()).certificatePem).toBe(fresh.certificatePem);
  });

  it("as another thing is no business of this process", async () => {
    const certificates = await open();
    await enrolled("thing-2");
    await certificates.choose();
    expect(seen).toEqual(["another"]);
  });
});

it("is asked for when the server's clock says so, whatever the box's own says", async () => {
  const certificates = await open();
  const startMs = performance.now();
  const asked: string[] = [];
  const renewal = new Renewal({
    certificates,
    clock: {
      nowMs: () => certificates.dueAtMs - 50 + (performance.now() - startMs),
      wait: async () => undefined,
    },
    publish: async (payload) => void asked.push(payload),
    reconnect: (reason) => void seen.push(reason),
  });
  renewal.connected();
  const payload = await waitFor(
    () => asked[0],
    () => "the request",
    5_000,
  );
  const { csr } = JSON.parse(payload) as { csr: string };
  await renewal.answered("garbage");
  await renewal.answered(JSON.stringify(await issue(csr)));
  expect(seen).toEqual(["changing over to the next certificate"]);
  renewal.disconnected();
});

it("says what a person has to do", async () => {
  const certificates = await open();
  const endMs = identity.certificateLife?.expiresAtMs ?? 0;
  expect(certificates.advice(endMs - 1)).toMatch(/deleted.*enrol again/);
  expect(certificates.advice(endMs)).toMatch(/expired on .*enrol again/);
});
