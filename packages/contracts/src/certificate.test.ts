import { expect, test } from "vitest";
import { certificateState, renewalAtMs } from "./certificate.ts";

const life = { issuedAtMs: 1_000, expiresAtMs: 61_000 };

test("a certificate is renewed at two thirds of its life, spread over another twentieth", () => {
  expect(renewalAtMs(life, 0)).toBe(41_000);
  expect(renewalAtMs(life, 1)).toBeCloseTo(44_000);
});

test.each([
  [1_000, "valid"],
  [45_999, "valid"],
  [46_000, "overdue"],
  [60_999, "overdue"],
  [61_000, "expired"],
] as const)("at %i it is %s", (nowMs, state) => {
  expect(certificateState(life, nowMs)).toBe(state);
});

test("is overdue only after the last box has had its turn", () => {
  expect(certificateState(life, renewalAtMs(life, 1))).toBe("valid");
});
