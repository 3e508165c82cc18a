import { describe, expect, test } from "vitest";
import { knownLogin, loginOf, parseLogin } from "./login.ts";

describe("a login", () => {
  test.each([
    ["ann", "ann"],
    ["Ann@Example.COM", "ann@example.com"],
    ["ann+cameras@example.com", "ann+cameras@example.com"],
    ["Ａｎｎ", "ann"],
    ["A\u0308nn", "änn"],
    ["ann of the gate", "ann of the gate"],
    ["安娜", "安娜"],
    ["x", "x"],
    ["é".repeat(64), "é".repeat(64)],
  ])("%j is %j", (text, login) => {
    expect(parseLogin(text)).toBe(login);
    expect(knownLogin(text)).toBe(login);
  });

  test.each([
    ["", "empty"],
    ["a/b", "the prefix of an organization"],
    ["a:b", "a password in Basic"],
    ["a／b", "a slash of another form"],
    ["a：b", "a colon of another form"],
    [" a", "space"],
    ["a ", "space"],
    ["a\u00a0", "another space"],
    ["a\u0000b", "a control character"],
    ["a\nb", "a line"],
    ["a\u2028b", "a line"],
    ["a\u202eb", "text in another direction"],
    ["a\u200bb", "nothing to be seen"],
    ["12", "an id"],
    ["１２", "an id"],
    ["slt_abc", "a token"],
    ["SLR_abc", "a refresh token"],
    ["x".repeat(65), "too long"],
    ["\ufdfa".repeat(10), "too long in its other form"],
  ])("is not %j: %s", (text) => {
    expect(() => parseLogin(text)).toThrow(expect.objectContaining({ code: "input.invalid" }));
    expect(knownLogin(text)).toBeUndefined();
  });

  test("is the same when it is read again", () => {
    for (const text of ["İstanbul", "ΑΣ", "ẞ", "ﬀ", "\u1e9e", "K"])
      expect(loginOf(loginOf(text))).toBe(loginOf(text));
  });
});
