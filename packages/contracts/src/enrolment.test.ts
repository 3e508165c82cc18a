import { expect, test } from "vitest";
import { enrolmentToken } from "./enrolment.ts";

const id = "enr_01k9x3v4m5n6p7q8r9s0t1v2w3";
const secret = "s".repeat(43);
const fingerprint = "0123456789abcdef".repeat(4);

test.each([fingerprint, "public"])("a token that pins %s is read back", (caFingerprint) => {
  const token = enrolmentToken.build(id, secret, caFingerprint);
  expect(enrolmentToken.parse(token)).toEqual({ id, secret, caFingerprint });
  expect(token.length).toBeLessThanOrEqual(256);
});

test.each([
  ["nothing", ""],
  ["an id of another kind", `dev_${id.slice(4)}.${secret}.public`],
  ["a short secret", `${id}.${secret.slice(1)}.public`],
  ["a fingerprint in capitals", `${id}.${secret}.${fingerprint.toUpperCase()}`],
  ["no fingerprint", `${id}.${secret}`],
  ["a space", `${id}.${secret}.public `],
  ["something behind", `${id}.${secret}.public.x`],
  ["a line end", `${id}.${secret}.public\n`],
])("a token with %s is none", (_, token) => {
  expect(enrolmentToken.parse(token)).toBeUndefined();
});
