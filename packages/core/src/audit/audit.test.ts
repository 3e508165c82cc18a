import { expect, test } from "vitest";
import { originatorOf, traceIdOf } from "./audit.ts";

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8::/64"],
  ["2001:0DB8:0:0:1::", "2001:db8::/64"],
  ["2001:db8:0:7::", "2001:db8:0:7::/64"],
  ["fe80::1ff:fe23:4567:890a%eth0", "fe80::/64"],
  ["::1", "::/64"],
  ["64:ff9b::203.0.113.9", "64:ff9b::/64"],
  ["", ""],
])("%s comes from %s", (address, originator) => {
  expect(originatorOf(address)).toBe(originator);
});

test("a trace is named by its id", () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  expect(traceIdOf(`00-${id}-b7ad6b7169203331-01`)).toBe(id);
  expect(traceIdOf(`cc-${id}-b7ad6b7169203331-01-what-comes-later`)).toBe(id);
});

test.each([
  undefined,
  "",
  "00-0af7651916cd43dd8448eb211c80319c",
  "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "00-00000000000000000000000000000000-b7ad6b7169203331-01",
  "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
])("%s names no trace", (header) => {
  expect(traceIdOf(header)).toBeUndefined();
});
