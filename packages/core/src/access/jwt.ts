/**
 * Access tokens: JWTs of one single form, signed by HMAC-SHA-256. [RFC 7519; RFC 7515, 5]
 *
 * INVARIANTS
 * - The header is ours, byte by byte: no other algorithm, no `none`, no key of the sender's choice. [RFC 8725, 3.1]
 * - The signature is compared as text, over the text that came: of every token there is one spelling.
 * - Nothing of a token is parsed before its signature has been found right.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { audiences, type Audience } from "./principal.ts";

export interface Claims {
  readonly aud: Audience;
  /** Organization. */
  readonly org: string;
  /** The user's number; text on the wire. [RFC 7519, 4.1.2] */
  readonly sub: number;
  /** The session: the family of refresh tokens. */
  readonly fam: string;
  /** Of the user when the session began. */
  readonly cv: number;
  /** In s. */
  readonly iat: number;
  /** In s. */
  readonly exp: number;
}

const base64url = (text: string): string => Buffer.from(text).toString("base64url");

const header = base64url('{"alg":"HS256","typ":"JWT"}');

/** Longest that is looked at: ours have some 330. */
const charactersMax = 1024;

export const isJwtText = (text: string): boolean => text.startsWith(`${header}.`);

const mac = (key: Uint8Array, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");

/** `text.mac` */
export const sealText = (key: Uint8Array, text: string): string => `${text}.${mac(key, text)}`;

/** What was sealed; undefined when it was not by this key. */
export function openText(key: Uint8Array, sealed: string): string | undefined {
  if (sealed.length > charactersMax) return undefined;
  const at = sealed.lastIndexOf(".");
  const text = sealed.slice(0, Math.max(0, at));
  const wanted = Buffer.from(mac(key, text));
  const given = Buffer.from(sealed.slice(at + 1));
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? text : undefined;
}

export function signJwt(key: Uint8Array, claims: Claims): string {
  const payload = { ...claims, sub: String(claims.sub) };
  return sealText(key, `${header}.${base64url(JSON.stringify(payload))}`);
}

/** Undefined when it is not ours or has expired. There is no leeway: who checks is who signed. */
export function verifyJwt(key: Uint8Array, text: string, nowMs: number): Claims | undefined {
  const [given, payload, ...rest] = openText(key, text)?.split(".") ?? [];
  if (given !== header || payload === undefined || rest.length > 0) return undefined;
  const claims = claimsOf(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
  return claims && claims.exp * 1000 > nowMs ? claims : undefined;
}

/** Signed by us, but maybe by another version of us. */
function claimsOf(payload: unknown): Claims | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { aud, org, sub, fam, cv, iat, exp } = payload as Partial<Record<keyof Claims, unknown>>;
  const audience = audiences.find((one) => one === aud);
  const numbers = [Number(sub), cv, iat, exp];
  if (!audience || typeof sub !== "string" || typeof org !== "string" || typeof fam !== "string")
    return undefined;
  if (!numbers.every((value) => Number.isSafeInteger(value))) return undefined;
  const [user, version, issued, ends] = numbers as [number, number, number, number];
  return { aud: audience, org, sub: user, fam, cv: version, iat: issued, exp: ends };
}
