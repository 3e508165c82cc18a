/**
 * What a session's client holds: an access token, good for minutes, and a refresh token, good for the next pair.
 *
 * A refresh token is random, and signed: one that was never issued is told from one that was used before without a look into the
 * database, so that nobody ends a session by guessing at it. The keys of the two are different ones, so neither passes as the other.
 */
import { hkdfSync } from "node:crypto";
import { openText, sealText, signJwt, verifyJwt, type Claims } from "../access/jwt.ts";

export interface RefreshClaims {
  readonly organization: string;
  readonly user: number;
  readonly session: string;
  /** 32 random bytes, base64url. */
  readonly secret: string;
}

export interface SessionTokens {
  signAccess(claims: Claims): string;
  /** Undefined when it is none of ours, or has expired. */
  readAccess(text: string, nowMs: number): Claims | undefined;
  signRefresh(claims: RefreshClaims): string;
  /** Undefined when it is none of ours. */
  readRefresh(text: string): RefreshClaims | undefined;
}

/** What tells one from every other kind of credentials, and a log what to leave out. */
const refreshPrefix = "slr_";

/** Of the installation's key: no other secret has to be kept. [RFC 5869] */
export function createSessionTokens(vaultKey: Uint8Array): SessionTokens {
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", vaultKey, "", `sightline ${purpose}`, 32));
  const [accessKey, refreshKey] = [derive("session access 1"), derive("session refresh 1")];
  return {
    signAccess: (claims) => signJwt(accessKey, claims),
    readAccess: (text, nowMs) => verifyJwt(accessKey, text, nowMs),

    signRefresh({ organization, user, session, secret }) {
      const text = JSON.stringify([organization, user, session, secret]);
      return `${refreshPrefix}${sealText(refreshKey, Buffer.from(text).toString("base64url"))}`;
    },

    readRefresh(token) {
      if (!token.startsWith(refreshPrefix)) return undefined;
      const text = openText(refreshKey, token.slice(refreshPrefix.length));
      if (text === undefined) return undefined;
      const [organization, user, session, secret] = JSON.parse(
        Buffer.from(text, "base64url").toString("utf8"),
      ) as [string, number, string, string];
      return { organization, user, session, secret };
    },
  };
}
