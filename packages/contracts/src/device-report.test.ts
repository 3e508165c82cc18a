import { expect, test } from "vitest";
import { manifestText } from "./device-report.ts";

test("a manifest has one text, whatever the order it was put together in", () => {
  expect(manifestText({ str_b: 2, str_a: 10 })).toBe("str_a:10\nstr_b:2");
  expect(manifestText({ str_a: 10, str_b: 2 })).toBe(manifestText({ str_b: 2, str_a: 10 }));
  expect(manifestText({})).toBe("");
});

test("another revision or another stream is another text", () => {
  const texts = [{ str_a: 1 }, { str_a: 2 }, { str_b: 1 }, { str_a: 1, str_b: 1 }].map(
    manifestText,
  );
  expect(new Set(texts).size).toBe(texts.length);
});
