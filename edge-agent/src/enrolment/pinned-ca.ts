/** Trust in a server of a private CA: the token says which CA it must be. */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";

export const fingerprintOf = (der: Buffer): string =>
  createHash("sha256").update(der).digest("hex");

const timeoutMs = 10_000;
const chainMax = 10;

/**
 * The certificate with that fingerprint in the chain that the server shows, as PEM. Nothing else of that connection is believed:
 * the real request verifies the server against exactly this certificate.
 */
export function fetchPinnedCa(url: URL, fingerprint: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
      timeout: timeoutMs,
    });
    socket.once("secureConnect", () => {
      const chain = chainOf(socket.getPeerCertificate(true));
      const found = chain.find(({ raw }) => fingerprintOf(raw) === fingerprint);
      socket.destroy();
      resolve(found && toPem(found.raw));
    });
    socket.once("timeout", () => socket.destroy(new Error("the server did not answer in time")));
    socket.once("error", reject);
  });
}

/** A self-signed certificate names itself as its issuer. */
function chainOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next?.raw && !chain.includes(next) && chain.length < chainMax) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
