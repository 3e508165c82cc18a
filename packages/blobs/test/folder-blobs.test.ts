import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createFolderBlobs, type FolderBlobs } from "@sightline/blobs/folder-blobs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;
let nowMs: number;
let blobs: FolderBlobs;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "sightline-blobs-"));
  nowMs = 1_800_000_000_000;
  blobs = open();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (secret = "secret") =>
  createFolderBlobs({
    folder: path.join(folder, "blobs"),
    baseUrl: "https://api/blobs",
    secret: Buffer.from(secret),
    nowMs: () => nowMs,
  });

const request = { contentType: "image/jpeg", sizeBytesMax: 10, ttlMs: 15_000 };
const body = Buffer.from("picture");

/** What the API's server makes of a PUT to the URL. */
function put(
  url: string,
  some: { body?: Uint8Array; contentType?: string } = {},
  to = blobs,
): Promise<void> {
  const { pathname, search } = new URL(url);
  return to.takeUpload({
    key: pathname.slice("/blobs/".length),
    query: search.slice(1),
    contentType: "image/jpeg",
    body,
    ...some,
  });
}

const forbidden = { code: "auth.forbidden" };

test("what is put to the URL is read by the key, once it is there", async () => {
  const { key, url } = await blobs.createUpload(request);
  expect(url).toMatch(/^https:\/\/api\/blobs\/[\w-]{32}\?/);
  expect(await blobs.read(key)).toBeUndefined();
  await put(url);
  expect(Buffer.from((await blobs.read(key)) ?? "")).toEqual(body);
  await blobs.delete(key);
  expect(await blobs.read(key)).toBeUndefined();
  await blobs.delete(key);
});

describe("a URL", () => {
  test("takes one upload, and keeps the first", async () => {
    const { key, url } = await blobs.createUpload(request);
    await put(url);
    await expect(put(url, { body: Buffer.from("other") })).rejects.toMatchObject(forbidden);
    expect(Buffer.from((await blobs.read(key)) ?? "")).toEqual(body);
  });

  test("takes one of many that come at once", async () => {
    const { url } = await blobs.createUpload(request);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => put(url)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("takes none any more once its key was deleted, and leaves nothing behind", async () => {
    const { key, url } = await blobs.createUpload(request);
    await blobs.delete(key);
    await expect(put(url)).rejects.toMatchObject(forbidden);
    expect(await readdir(folder)).toEqual([]);
  });

  test("ends with its time", async () => {
    const { url } = await blobs.createUpload(request);
    nowMs += request.ttlMs;
    await expect(put(url)).rejects.toMatchObject(forbidden);
  });

  test("can be used for that key alone, with what it was made for", async () => {
    const { url } = await blobs.createUpload(request);
    const other = await blobs.createUpload(request);
    const changed = [
      url.replace(/blobs\/[\w-]+/, `blobs/${other.key}`),
      url.replace("sizeBytesMax=10", "sizeBytesMax=99"),
      url.replace(/expiresAtMs=\d+/, "expiresAtMs=9999999999999"),
      url.replace("image%2Fjpeg", "text%2Fhtml"),
      url.replace(/&signature=.*/, ""),
      `${url}x`,
      url.replace(/blobs\/[\w-]+/, "blobs/..%2F..%2Fetc"),
    ];
    for (const one of changed) await expect(put(one)).rejects.toMatchObject(forbidden);
    await expect(put(url, {}, open("another secret"))).rejects.toMatchObject(forbidden);
    await put(url);
  });

  test("takes nothing larger, and nothing else, than was asked for; then it is still good", async () => {
    const { url } = await blobs.createUpload(request);
    await expect(put(url, { body: Buffer.alloc(11) })).rejects.toMatchObject({
      code: "input.too-large",
    });
    await expect(put(url, { contentType: "text/html" })).rejects.toMatchObject({
      code: "input.unsupported",
    });
    await put(url, { body: Buffer.alloc(10) });
  });
});

test.each(["", "..", "../../etc/passwd", "x".repeat(31), "x".repeat(33), `${"x".repeat(31)}/`])(
  "%j is no key: nothing is read or deleted",
  async (key) => {
    expect(await blobs.read(key)).toBeUndefined();
    await blobs.delete(key);
  },
);
