import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { makeCsr } from "./csr.ts";

describe("certificate signing request", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });

  it("is one to @peculiar/x509, with our key and name", async () => {
    const request = new x509.Pkcs10CertificateRequest(makeCsr(privateKey, "a1b2"));
    expect(await request.verify()).toBe(true);
    expect(request.subject).toBe("CN=a1b2");
    expect(Buffer.from(request.publicKey.rawData)).toEqual(spki);
  });

  // Lengths of 128 and more take another form.
  it.each([1, 16, 63, 200, 300])("is one to openssl with a name of %i characters", (length) => {
    const name = randomBytes(length).toString("hex").slice(0, length);
    const input = makeCsr(privateKey, name);
    const text = execFileSync(
      "openssl",
      ["req", "-verify", "-noout", "-subject", "-nameopt", "utf8"],
      {
        input,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "pipe"],
      },
    );
    expect(text).toContain(name);
  });

  it("does not verify once it was changed", async () => {
    const [first, second] = ["aaaa", "bbbb"].map(
      (name) => new x509.Pkcs10CertificateRequest(makeCsr(privateKey, name)),
    );
    const forged = Buffer.from(first?.rawData ?? new ArrayBuffer(0));
    forged.write("cccc", forged.indexOf("aaaa"));
    expect(await new x509.Pkcs10CertificateRequest(forged).verify()).toBe(false);
    expect(await second?.verify()).toBe(true);
  });
});
