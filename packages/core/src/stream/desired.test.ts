import { limits } from "@sightline/contracts/limits";
import { StreamDesired } from "@sightline/contracts/desired-state";
import { expect, test } from "vitest";
import { makeStream } from "../../test/fixtures.ts";
import { checkDesired, streamDesired } from "./desired.ts";

const withUrl = (url: string) => makeStream({ source: { url, transport: "tcp" } });
const sizeBytes = (stream: ReturnType<typeof makeStream>): number =>
  Buffer.byteLength(JSON.stringify(streamDesired(stream)));

test("what a box is told has the form of the contract, and no null", () => {
  const desired = streamDesired(makeStream());
  expect(StreamDesired.parse(desired)).toEqual(desired);
  expect(JSON.stringify(desired)).not.toContain("null");
});

test("a box is told the sealed credentials, and not those at rest", () => {
  const credentials = { username: "admin", encrypted: "1.rest" };
  const source = { url: "rtsp://a/1", transport: "auto" as const, credentials };
  expect(streamDesired(makeStream({ source })).source.credentials).toBe("");
  const sealed = { sealingKey: "k", text: "1.a.b" };
  const told = streamDesired(
    makeStream({ source: { ...source, credentials: { ...credentials, sealed } } }),
  );
  expect(told.source.credentials).toBe("1.a.b");
  expect(JSON.stringify(told)).not.toContain("1.rest");
  expect(JSON.stringify(told)).not.toContain("admin");
});

test.each([
  ["bytes", "x"],
  ["bytes, not characters", "ü"],
])("is refused when it passes the limit of a shadow by one of its %s", (_, letter) => {
  const plainBytes = sizeBytes(withUrl(""));
  const letters = Math.floor(
    (limits.streamDesiredBytesMax - plainBytes) / Buffer.byteLength(letter),
  );
  const fits = withUrl(letter.repeat(letters));
  expect(limits.streamDesiredBytesMax - sizeBytes(fits)).toBeLessThan(Buffer.byteLength(letter));
  expect(() => checkDesired(fits)).not.toThrow();
  expect(() => checkDesired(withUrl(letter.repeat(letters + 1)))).toThrow(
    expect.objectContaining({ code: "shadow.too-large" }),
  );
});
