import { expect, test } from "vitest";
import { deviceShadow, streamOfShadow, streamShadow } from "./shadow.ts";

test("a stream's shadow is named after it, in what AWS allows for shadow names", () => {
  const id = "str_01k9x3v4m5n6p7q8r9s0t1v2w3";
  expect(streamOfShadow(streamShadow(id))).toBe(id);
  expect(streamShadow(id)).toMatch(/^[a-zA-Z0-9:_-]{1,64}$/);
});

test("other shadows are of no stream", () => {
  expect(streamOfShadow(deviceShadow)).toBeUndefined();
  expect(streamOfShadow("streams-x")).toBeUndefined();
});
