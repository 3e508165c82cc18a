import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assertSource } from "./source-rule.ts";

const rule = { allowSources: ["127.0.0.1:8554"], mediaDir: undefined };

test.each([
  "rtsp://192.168.1.20/1",
  "rtspt://user:p%40ss@10.0.0.7:554/a?b=c",
  "rtsps://8.8.8.8/1",
  "rtsp://127.0.0.1:8554/1",
])("gives %s to the server", (url) => expect(assertSource(url, rule)).resolves.toBeUndefined());

test.each([
  "rtsp://127.0.0.1/1",
  "rtsp://127.1:8555/1",
  "rtsp://localhost/1",
  "rtsp://[::1]/1",
  "rtsp://[::ffff:127.0.0.1]/1",
  "rtsp://[::ffff:7f00:1]/1",
  "rtsp://169.254.169.254/1",
  "rtsp://0.0.0.0/1",
  "file:///etc/passwd",
])("keeps %s from the server", (url) =>
  expect(assertSource(url, rule)).rejects.toMatchObject({ code: "stream.source-forbidden" }),
);

test.each([
  "http://192.168.1.20/1.mp4",
  "fake://ball",
  "rtsp://192.168.1.20/1#x",
  "rtsp://x@192.168.1.20@127.0.0.1/1",
  "rtsp://192.168.1.20?@127.0.0.1/1",
  "rtsp://192.168.1.20/ 1",
  "no URL",
])("takes %j for no source of NVIDIA's server", (url) =>
  expect(assertSource(url, rule)).rejects.toMatchObject({ code: "stream.source-invalid" }),
);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stock-media-"));
  await mkdir(join(folder, "media"));
  await writeFile(join(folder, "secret.mp4"), "");
  await writeFile(join(folder, "media/a b.mp4"), "");
  await symlink(join(folder, "secret.mp4"), join(folder, "media/link.mp4"));
});
afterAll(() => rm(folder, { recursive: true }));

test("of files, only those of the media folder are given to it", async () => {
  const look = (path: string) =>
    assertSource(`file://${folder}/${path}`, { allowSources: [], mediaDir: join(folder, "media") });
  await look("media/a%20b.mp4");
  await look("media/not-here-yet.mp4");
  for (const path of [
    "secret.mp4",
    "media/../secret.mp4",
    "media/%2e%2e/secret.mp4",
    "media/link.mp4",
  ])
    await expect(look(path)).rejects.toMatchObject({ code: "stream.source-forbidden" });
});
