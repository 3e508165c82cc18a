import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSessionTokens } from "./session-tokens.ts";

const vaultKey = randomBytes(32);
const tokens = createSessionTokens(vaultKey);
const refresh = { organization: "org_1", user: 7, session: "ses_1", secret: "x".repeat(43) };
const claims = {
  ...({ aud: "api", org: "org_1", sub: 7, fam: "ses_1", cv: 1 } as const),
  ...{ iat: 1_800_000_000, exp: 1_800_000_600 },
};
const nowMs = 1_800_000_000_000;

test("a refresh token says of which session it is, to every process with the key", () => {
  const text = tokens.signRefresh(refresh);
  expect(text).toMatch(/^slr_[\w-]+\.[\w-]{43}$/);
  expect(createSessionTokens(vaultKey).readRefresh(text)).toEqual(refresh);
  expect(createSessionTokens(randomBytes(32)).readRefresh(text)).toBeUndefined();
});

test("a refresh token that was touched is none", () => {
  const text = tokens.signRefresh(refresh);
  for (let at = 0; at < text.length; at += 1) {
    const other = text[at] === "A" ? "B" : "A";
    expect(tokens.readRefresh(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeUndefined();
  }
  for (const given of [`${text}=`, ` ${text}`, text.slice(4), "slr_", "slr_.", ""])
    expect(tokens.readRefresh(given)).toBeUndefined();
});

test("neither token passes as the other", () => {
  const access = tokens.signAccess(claims);
  expect(tokens.readAccess(access, nowMs)).toEqual(claims);
  expect(tokens.readRefresh(access)).toBeUndefined();
  expect(tokens.readRefresh(`slr_${access}`)).toBeUndefined();
  const text = tokens.signRefresh(refresh);
  expect(tokens.readAccess(text, nowMs)).toBeUndefined();
  expect(tokens.readAccess(text.slice(4), nowMs)).toBeUndefined();
});

test("the keys are derived: the installation's own signs nothing", () => {
  const [header = "", payload = "", signature] = tokens.signAccess(claims).split(".");
  const signedBy = (key: Uint8Array): string =>
    createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url");
  expect(signature).not.toBe(signedBy(vaultKey));
  // Written down: another derivation would end every session with an update.
  const derived = hkdfSync("sha256", vaultKey, "", "sightline session access 1", 32);
  expect(signature).toBe(signedBy(new Uint8Array(derived)));
});
