import { beforeAll, expect, test } from "vitest";
import { makeSealingKeyPair, seal, unseal, type SealingKeyPair } from "./sealed.ts";

const text = JSON.stringify({ username: "admin", password: "pä$$:@/ 100%" });
let box: SealingKeyPair;
let other: SealingKeyPair;
let sealed: string;

beforeAll(async () => {
  [box, other] = [await makeSealingKeyPair(), await makeSealingKeyPair()];
  sealed = await seal(box.publicKey, text, "str_1");
});

test("keys are 32 bytes and fresh", () => {
  for (const key of [box.publicKey, box.privateKey, other.publicKey, other.privateKey])
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set([box.publicKey, box.privateKey, other.publicKey, other.privateKey]).size).toBe(4);
});

test("what is sealed opens with the key of the box, for the stream it was sealed for", async () => {
  expect(await unseal(box.privateKey, sealed, "str_1")).toBe(text);
});

test("nothing of the text is legible, and sealing again gives another text", async () => {
  expect(sealed).not.toContain("admin");
  expect(Buffer.from(sealed.split(".")[2]!, "base64url").toString("latin1")).not.toContain("admin");
  expect(await seal(box.publicKey, text, "str_1")).not.toBe(sealed);
});

test.each(["", "x", "ü".repeat(2_000)])("any text comes back (%#)", async (any) => {
  expect(await unseal(box.privateKey, await seal(box.publicKey, any, "c"), "c")).toBe(any);
});

/** One character changed, the length kept. */
const tamper = (at: number): string =>
  `${sealed.slice(0, at)}${sealed[at] === "A" ? "B" : "A"}${sealed.slice(at + 1)}`;

test.each<[string, () => { key?: string; sealed?: string; context?: string }]>([
  ["with another box's key", () => ({ key: other.privateKey })],
  ["for another stream", () => ({ context: "str_2" })],
  ["for no stream", () => ({ context: "" })],
  ["when the encapsulated key was changed", () => ({ sealed: tamper(4) })],
  ["when the ciphertext was changed", () => ({ sealed: tamper(sealed.length - 30) })],
  ["when it was cut", () => ({ sealed: sealed.slice(0, -8) })],
  ["when it is of a later version", () => ({ sealed: `2${sealed.slice(1)}` })],
  ["when a part is missing", () => ({ sealed: sealed.split(".").slice(0, 2).join(".") })],
  ["when it is empty", () => ({ sealed: "" })],
  ["with a key that is none", () => ({ key: "AAAA" })],
])("it does not open %s", async (_, change) => {
  const { key = box.privateKey, sealed: given = sealed, context = "str_1" } = change();
  await expect(unseal(key, given, context)).rejects.toMatchObject({
    code: "stream.secret-unreadable",
  });
});
