import { describe, expect, it } from "vitest";
import { makeSealingKeyPair, seal } from "@sightline/contracts/sealed";
import { playableUrl, withoutUserinfo } from "./source-url.ts";

const stream = "str_01j00000000000000000000000";

describe("playable URL", () => {
  it.each([
    ["auto", "rtsp://cam/1", "rtsp://cam/1"],
    ["tcp", "rtsp://cam/1?x=%20", "rtspt://cam/1?x=%20"],
    ["udp", "rtsp://cam/1", "rtspu://cam/1"],
    ["tcp", "file:///media/a.mp4", "file:///media/a.mp4"],
    ["tcp", "fake://lobby?width=320", "fake://lobby?width=320"],
    // What is encrypted goes over TCP anyway.
    ["udp", "rtsps://cam/1", "rtsps://cam/1"],
  ] as const)("%s %s", async (transport, url, playable) => {
    expect(await playableUrl({ url, transport, credentials: "" }, stream, [])).toBe(playable);
  });

  it("puts the credentials in, percent-encoded, with an older key too", async () => {
    const [newer, older] = await Promise.all([makeSealingKeyPair(), makeSealingKeyPair()]);
    const text = JSON.stringify({ username: "a b", password: "p@s:/?#%'é" });
    const credentials = await seal(older.publicKey, text, stream);
    const source = { url: "rtsp://cam/1", transport: "tcp", credentials } as const;
    const keys = [newer.privateKey, older.privateKey];
    const url = await playableUrl(source, stream, keys);
    expect(url).toBe("rtspt://a%20b:p%40s%3A%2F%3F%23%25%27%C3%A9@cam/1");
    await expect(playableUrl(source, stream, [newer.privateKey])).rejects.toMatchObject({
      code: "stream.secret-unreadable",
    });
    await expect(playableUrl(source, `${stream.slice(0, -1)}1`, keys)).rejects.toMatchObject({
      code: "stream.secret-unreadable",
    });
  });
});

it.each([
  ["rtsp://u:p@cam:554/1?a=b@c", "rtsp://cam:554/1?a=b@c"],
  ["rtsp://u:p@ss@cam/1", "rtsp://cam/1"],
  ["rtsp://cam/user@1", "rtsp://cam/user@1"],
  ["file:///media/a@b.mp4", "file:///media/a@b.mp4"],
  ["nonsense", "nonsense"],
  ["", ""],
])("%s without userinfo", (url, rest) => {
  expect(withoutUserinfo(url)).toBe(rest);
});
