import { randomBytes } from "node:crypto";
import { makeSealingKeyPair, unseal } from "@sightline/contracts/sealed";
import { describe, expect, test } from "vitest";
import { createAesVault } from "../adapters/aes-vault.ts";
import { makeSource, maskedSecret, parseSource, sealSource, type SourceInput } from "./source.ts";

const vault = createAesVault(randomBytes(32));
const deps = { vault };
const streamId = "str_1";

const make = (input: SourceInput, before?: Awaited<ReturnType<typeof makeSource>>) =>
  makeSource(deps, input, { streamId, before });

const secretOf = async (encrypted = ""): Promise<unknown> =>
  JSON.parse(await vault.decrypt(encrypted, streamId)) as unknown;

describe("a URL is parted from its userinfo", () => {
  test.each<[string, string, string | undefined, string | undefined]>([
    ["rtsp://cam/1", "rtsp://cam/1", undefined, undefined],
    ["RTSP://cam:554/1?a=b", "rtsp://cam:554/1?a=b", undefined, undefined],
    ["rtsp://admin:pass@cam/1", "rtsp://cam/1", "admin", "pass"],
    ["rtsp://admin@cam/1", "rtsp://cam/1", "admin", undefined],
    ["rtsp://:pass@cam/1", "rtsp://cam/1", "", "pass"],
    ["rtsp://admin:@cam/1", "rtsp://cam/1", "admin", ""],
    ["rtsp://admin:p@ss@cam/1", "rtsp://cam/1", "admin", "p@ss"],
    ["rtsp://admin:p:a:s@cam/1", "rtsp://cam/1", "admin", "p:a:s"],
    ["rtsp://adm%40in:p%3A%2F%40%25@cam/1", "rtsp://cam/1", "adm@in", "p:/@%"],
    ["rtsp://user:p%C3%A4ss@[fe80::1]:554/1", "rtsp://[fe80::1]:554/1", "user", "päss"],
    ["file:///media/clip.mp4", "file:///media/clip.mp4", undefined, undefined],
    ["rtsps://admin:pass@cam:322/1", "rtsps://cam:322/1", "admin", "pass"],
    [
      "fake://lobby?width=320&height=180",
      "fake://lobby?width=320&height=180",
      undefined,
      undefined,
    ],
  ])("%s", (given, ...[url, username, password]) => {
    expect(parseSource({ url: given })).toEqual({ url, username, password });
  });

  test("and fields beside it stand when it has none", () => {
    expect(parseSource({ url: "rtsp://cam/1", username: "u", password: "p@:/" })).toEqual({
      url: "rtsp://cam/1",
      username: "u",
      password: "p@:/",
    });
  });
});

test.each([
  ["nothing", ""],
  ["no scheme", "cam/1"],
  ["another scheme", "http://cam/1"],
  ["a scheme that could be a command", "javascript://cam/1"],
  ["no host", "rtsp://"],
  ["no host behind TLS", "rtsps:///1"],
  ["no name", "fake://?width=320"],
  ["no host but a path", "rtsp:///1"],
  ["no host but userinfo", "rtsp://admin:pass@/1"],
  ["one slash", "rtsp:/cam/1"],
  ["a fragment", "rtsp://cam/1#x"],
  ["a fragment that hides a host", "rtsp://cam#.other/1"],
  ["a port that is none", "rtsp://cam:port/1"],
  ["a space in the host", "rtsp://my cam/1"],
  ["a space in front", " rtsp://cam/1"],
  ["a line end", "rtsp://cam/1\nrtsp://other/1"],
  ["userinfo that is not percent-encoded", "rtsp://admin:50%@cam/1"],
  ["an @ behind the host, which could be the rest of a password", "rtsp://admin:pa/ss@cam/1"],
])("a source with %s is refused, and its text not repeated", (_, url) => {
  let thrown: unknown;
  try {
    parseSource({ url });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: "input.invalid" });
  expect(JSON.stringify([thrown, (thrown as Error).message])).not.toMatch(/pa\/ss|50%|pass/);
});

describe("credentials", () => {
  test("are stored encrypted, and nowhere else", async () => {
    const source = await make({ url: "rtsp://admin:planted-1@cam/1" });
    expect(source).toMatchObject({
      url: "rtsp://cam/1",
      transport: "auto",
      credentials: { username: "admin" },
    });
    expect(JSON.stringify(source)).not.toContain("planted-1");
    expect(await secretOf(source.credentials?.encrypted)).toEqual({
      username: "admin",
      password: "planted-1",
    });
  });

  test("are not there when none were given", async () => {
    expect(await make({ url: "rtsp://cam/1", transport: "udp" })).toEqual({
      url: "rtsp://cam/1",
      transport: "udp",
    });
  });

  test("stay the same to the byte when the password comes back masked", async () => {
    const before = await make({ url: "rtsp://admin:planted-1@cam/1" });
    const after = await make(
      { url: "rtsp://cam2/1", username: "admin", password: maskedSecret },
      before,
    );
    expect(after.credentials).toBe(before.credentials);
    expect(after.url).toBe("rtsp://cam2/1");
  });

  test("go when neither field is there any more", async () => {
    const before = await make({ url: "rtsp://admin:planted-1@cam/1", transport: "tcp" });
    expect(await make({ url: "rtsp://cam/1" }, before)).toEqual({
      url: "rtsp://cam/1",
      transport: "tcp",
    });
  });

  test("in the URL replace those that were there", async () => {
    const before = await make({ url: "rtsp://admin:planted-1@cam/1" });
    const shown = { username: "admin", password: maskedSecret };
    const after = await make({ ...shown, url: "rtsp://guest:planted-2@cam/1" }, before);
    expect(after.credentials?.username).toBe("guest");
    expect(await secretOf(after.credentials?.encrypted)).toEqual({
      username: "guest",
      password: "planted-2",
    });
    const same = await make({ ...shown, url: "rtsp://admin:planted-3@cam/1" }, before);
    expect(await secretOf(same.credentials?.encrypted)).toEqual({
      username: "admin",
      password: "planted-3",
    });
  });

  test.each<[string, SourceInput]>([
    ["with another username", { url: "rtsp://cam/1", username: "guest", password: maskedSecret }],
    [
      "with another username in the URL",
      { url: "rtsp://guest@cam/1", username: "admin", password: maskedSecret },
    ],
    ["without a username", { url: "rtsp://cam/1", password: maskedSecret }],
  ])("cannot be kept by a masked password %s", async (_, input) => {
    const before = await make({ url: "rtsp://admin:planted-1@cam/1" });
    await expect(make(input, before)).rejects.toMatchObject({ code: "input.invalid" });
  });

  test("cannot be kept where there are none", async () => {
    const masked = { url: "rtsp://cam/1", username: "admin", password: maskedSecret };
    await expect(make(masked)).rejects.toMatchObject({ code: "input.invalid" });
    await expect(make(masked, await make({ url: "rtsp://cam/1" }))).rejects.toMatchObject({
      code: "input.invalid",
    });
  });
});

describe("sealing", () => {
  const sealed = async (
    sealingKey: string | undefined,
    source: Awaited<ReturnType<typeof makeSource>>,
  ) => sealSource(deps, source, { streamId, sealingKey });

  test("gives the box what opens with its key alone, and is not done twice", async () => {
    const [box, other] = [await makeSealingKeyPair(), await makeSealingKeyPair()];
    const source = await sealed(box.publicKey, await make({ url: "rtsp://admin:planted-1@cam/1" }));
    const text = source.credentials?.sealed?.text ?? "";
    expect(JSON.parse(await unseal(box.privateKey, text, streamId))).toEqual({
      username: "admin",
      password: "planted-1",
    });
    await expect(unseal(other.privateKey, text, streamId)).rejects.toMatchObject({
      code: "stream.secret-unreadable",
    });
    expect(await sealed(box.publicKey, source)).toBe(source);
  });

  test("is done again for another box, and undone when there is none", async () => {
    const [box, other] = [await makeSealingKeyPair(), await makeSealingKeyPair()];
    const source = await sealed(box.publicKey, await make({ url: "rtsp://admin:planted-1@cam/1" }));
    const moved = await sealed(other.publicKey, source);
    const text = moved.credentials?.sealed?.text ?? "";
    expect(JSON.parse(await unseal(other.privateKey, text, streamId))).toMatchObject({
      password: "planted-1",
    });
    expect((await sealed(undefined, moved)).credentials).toEqual({
      username: "admin",
      encrypted: source.credentials?.encrypted,
    });
  });

  test("changes nothing where there are no credentials", async () => {
    const source = await make({ url: "rtsp://cam/1" });
    expect(await sealed((await makeSealingKeyPair()).publicKey, source)).toBe(source);
  });
});
