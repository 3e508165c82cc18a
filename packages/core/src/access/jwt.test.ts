import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isJwtText, signJwt, verifyJwt, type Claims } from "./jwt.ts";

const key = randomBytes(32);
const nowMs = 1_800_000_000_000;
const claims: Claims = {
  aud: "api",
  org: "org_01k9x3v4m5n6p7q8r9s0t1v2w3",
  sub: 7,
  fam: "ses_01k9x3v4m5n6p7q8r9s0t1v2w3",
  cv: 3,
  iat: nowMs / 1000,
  exp: nowMs / 1000 + 600,
};
const token = signJwt(key, claims);
const [header = "", payload = "", signature = ""] = token.split(".");

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const hmac = (text: string, secret: Uint8Array | string = key, hash = "sha256"): string =>
  createHmac(hash, secret).update(text).digest("base64url");
/** With a right signature of ours, whatever it says. */
const signed = (head: unknown, body: unknown): string => {
  const text = `${base64url(head)}.${base64url(body)}`;
  return `${text}.${hmac(text)}`;
};
const wire = { ...claims, sub: "7" };
const hs256 = { alg: "HS256", typ: "JWT" };

test("a token says what was signed, in the form that every library reads", () => {
  expect(verifyJwt(key, token, nowMs)).toEqual(claims);
  expect(isJwtText(token)).toBe(true);
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual(hs256);
  expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toEqual(wire);
  expect(signature).toBe(hmac(`${header}.${payload}`));
  expect(signed(hs256, wire)).toBe(token);
});

test("a token ends when it expires, without leeway", () => {
  expect(verifyJwt(key, token, claims.exp * 1000 - 1)).toEqual(claims);
  expect(verifyJwt(key, token, claims.exp * 1000)).toBeUndefined();
});

test("a token of another key is none", () => {
  expect(verifyJwt(randomBytes(32), token, nowMs)).toBeUndefined();
});

describe("no other header is taken", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const rs256 = `${base64url({ alg: "RS256", typ: "JWT" })}.${payload}`;
  const rsaSignature = sign("sha256", Buffer.from(rs256), privateKey).toString("base64url");
  const hs512 = `${base64url({ alg: "HS512", typ: "JWT" })}.${payload}`;
  test.each([
    ["none, unsigned", `${base64url({ alg: "none", typ: "JWT" })}.${payload}.`],
    ["none, with the old signature", `${base64url({ alg: "none" })}.${payload}.${signature}`],
    ["None, signed", signed({ alg: "None", typ: "JWT" }, wire)],
    ["RS256", `${rs256}.${rsaSignature}`],
    ["RS256, its public key used as a secret", `${rs256}.${hmac(rs256, pem)}`],
    ["HS512", `${hs512}.${hmac(hs512, key, "sha512")}`],
    ["HS512, signed by HS256", `${hs512}.${hmac(hs512)}`],
    ["a kid", signed({ ...hs256, kid: "../../dev/null" }, wire)],
    ["a jwk", signed({ ...hs256, jwk: { kty: "oct", k: "" } }, wire)],
    ["the same in another order", signed({ typ: "JWT", alg: "HS256" }, wire)],
    ["the same with spaces", signed('{"alg": "HS256", "typ": "JWT"}', wire)],
    ["none at all", `.${payload}.${hmac(`.${payload}`)}`],
  ])("%s", (_, text) => {
    expect(verifyJwt(key, text, nowMs)).toBeUndefined();
  });
});

describe("there is one spelling of a token", () => {
  // The last character of 43 holds four bits and two that mean nothing.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(signature.at(-1) ?? "");
  const sibling = `${signature.slice(0, -1)}${alphabet[last ^ 1]}`;
  test.each([
    ["with padding", `${token}=`],
    ["with another last character that decodes to the same", `${header}.${payload}.${sibling}`],
    ["in plain base64", `${header}.${payload}.${signature.replaceAll("-", "+")}+`],
    ["with white space", `${header}.${payload}.${signature}\n`],
    ["with white space before", ` ${token}`],
    ["with white space within", `${header}. ${payload}.${signature}`],
    ["with a padded payload", `${header}.${payload}=.${signature}`],
    ["with a fourth part", `${token}.`],
    ["with an empty signature", `${header}.${payload}.`],
    ["with a short signature", token.slice(0, -1)],
    ["without a signature", `${header}.${payload}`],
    ["of two parts", `${header}.${signature}`],
    ["of one part", signature],
    ["of nothing", ""],
    ["of dots", ".."],
    ["that is too long", signed(hs256, { ...wire, more: "x".repeat(1024) })],
  ])("not one %s", (_, text) => {
    expect(Buffer.from(sibling, "base64url")).toEqual(Buffer.from(signature, "base64url"));
    expect(verifyJwt(key, text, nowMs)).toBeUndefined();
  });

  test("nor any with one other character", () => {
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      const text = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      expect(verifyJwt(key, text, nowMs)).toBeUndefined();
    }
  });
});

test.each([
  ["an unknown audience", { ...wire, aud: "onvif" }],
  ["several audiences", { ...wire, aud: ["api"] }],
  ["no organization", { ...wire, org: undefined }],
  ["a number in place of the subject", { ...wire, sub: 7 }],
  ["a subject that is no number", { ...wire, sub: "7; drop" }],
  ["no session", { ...wire, fam: null }],
  ["no credential version", { ...wire, cv: undefined }],
  ["an end that is text", { ...wire, exp: String(wire.exp) }],
  ["no end", { ...wire, exp: undefined }],
  ["no object", []],
  ["null", "null"],
])("a payload with %s is refused though it is signed", (_, body) => {
  expect(verifyJwt(key, signed(hs256, body), nowMs)).toBeUndefined();
});
