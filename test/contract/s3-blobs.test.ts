import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { createS3Blobs } from "@sightline/blobs/s3-blobs";

const endpoint = "https://s3.eu-central-1.amazonaws.com";
const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "planted-secret" };
const request = { contentType: "image/jpeg", sizeBytesMax: 10, ttlMs: 15_500 };

/** The AWS SDK's own signer wants SHA-256 and HMAC as a class. */
class Sha256 {
  readonly #hash;

  constructor(secret?: unknown) {
    this.#hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string);
  }

  update(bytes: string | Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

/** The signature that AWS works out for the same request. */
async function signatureOf(
  url: URL,
  secretAccessKey: string,
  sessionToken?: string,
): Promise<unknown> {
  const signer = new SignatureV4({
    service: "s3",
    region: "eu-central-1",
    credentials: { ...credentials, secretAccessKey, ...(sessionToken && { sessionToken }) },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const date = url.searchParams.get("X-Amz-Date") ?? "";
  const presigned = await signer.presign(
    {
      method: "PUT",
      protocol: "https:",
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: {
        host: url.host,
        "content-type": "image/jpeg",
        "if-none-match": "*",
        // Not a header of the request: it says that the body is not signed.
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      },
      body: undefined,
    },
    {
      expiresIn: Number(url.searchParams.get("X-Amz-Expires")),
      signingDate: new Date(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z")),
      signableHeaders: new Set(["host", "content-type", "if-none-match"]),
      unsignableHeaders: new Set(["x-amz-content-sha256"]),
      unhoistableHeaders: new Set(["content-type", "if-none-match", "x-amz-content-sha256"]),
    },
  );
  return presigned.query?.["X-Amz-Signature"];
}

test.each([undefined, "session-token"])(
  "the URL is signed as AWS signs it (session: %s)",
  async (sessionToken) => {
    const blobs = createS3Blobs({
      bucket: "pictures",
      region: "eu-central-1",
      endpoint,
      credentials: { ...credentials, sessionToken },
    });
    const { key, url: text } = await blobs.createUpload(request);
    const url = new URL(text);
    expect(`${url.origin}${url.pathname}`).toBe(`${endpoint}/pictures/${key}`);
    expect(key).toMatch(/^uploads\/[\w-]{32}$/);
    expect(text).not.toContain("planted");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Expires": "16",
      "X-Amz-SignedHeaders": "content-type;host;if-none-match",
    });
    const signature = url.searchParams.get("X-Amz-Signature");
    expect(signature).toBe(await signatureOf(url, credentials.secretAccessKey, sessionToken));
    expect(signature).not.toBe(await signatureOf(url, "another secret", sessionToken));
  },
);

test("every upload has a key of its own", async () => {
  const blobs = createS3Blobs({ bucket: "b", region: "r", endpoint, credentials });
  const keys = await Promise.all([blobs.createUpload(request), blobs.createUpload(request)]);
  expect(keys[0].key).not.toBe(keys[1].key);
});

test("a bucket that does not answer is unavailable", async () => {
  // Nobody listens on port 1.
  const nowhere = "http://127.0.0.1:1";
  const region = "eu-central-1";
  const blobs = createS3Blobs({ bucket: "pictures", region, endpoint: nowhere, credentials });
  const unavailable = { name: "DomainError", code: "store.unavailable" };
  await expect(blobs.read("uploads/x")).rejects.toMatchObject(unavailable);
  await expect(blobs.delete("uploads/x")).rejects.toMatchObject(unavailable);
});
