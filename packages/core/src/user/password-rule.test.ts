import { expect, test } from "vitest";
import { checkPassword } from "./password-rule.ts";

const refused = expect.objectContaining({ code: "input.invalid" });

test.each(["12345678", "correct horse battery staple", "密".repeat(8), "🔑".repeat(128)])(
  "%j is a password",
  (password) => expect(() => checkPassword(password, "ann")).not.toThrow(),
);

test.each(["", "1234567", "🔑".repeat(7), "x".repeat(129), "slt_123456", "a\u0308".repeat(7)])(
  "%j is none",
  (password) => expect(() => checkPassword(password, "ann")).toThrow(refused),
);

test("the login is none, however it is spelled", () => {
  for (const password of ["ann@example.com", "ANN@example.com", "ａnn@example.com"])
    expect(() => checkPassword(password, "ann@example.com")).toThrow(refused);
});
