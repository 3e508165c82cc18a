/** Blobs in an S3 bucket; presigned by aws4fetch, for client-s3 would double the bundle. */
import { randomBytes } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { DomainError } from "@sightline/contracts/errors";
import type { Blobs } from "@sightline/core/ports/blobs";

interface S3BlobsOptions {
  readonly bucket: string;
  readonly region: string;
  /** `https://s3.{region}.amazonaws.com` unless it is a stand-in. */
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
}

/** Somebody waits for the picture: the library's own ten take longer than that. */
const retries = 2;

export function createS3Blobs({ bucket, region, endpoint, credentials }: S3BlobsOptions): Blobs {
  const { sessionToken, ...keys } = credentials;
  const client = new AwsClient({
    ...keys,
    ...(sessionToken !== undefined && { sessionToken }),
    region,
    service: "s3",
    retries,
  });
  const urlOf = (key: string): string => `${endpoint}/${bucket}/${key}`;

  async function call(key: string, method: "GET" | "DELETE"): Promise<Response> {
    const response = await client.fetch(urlOf(key), { method }).catch((cause: unknown) => {
      throw new DomainError("store.unavailable", "the bucket does not answer", { cause });
    });
    if (response.ok || response.status === 404) return response;
    throw new DomainError("store.unavailable", `the bucket answered ${response.status}`);
  }

  return {
    async createUpload({ contentType, ttlMs }) {
      const key = `uploads/${randomBytes(24).toString("base64url")}`;
      const url = new URL(urlOf(key));
      url.searchParams.set("X-Amz-Expires", String(Math.ceil(ttlMs / 1000)));
      // `if-none-match: *` is signed with it, so that the URL takes one upload.
      const headers = { "content-type": contentType, "if-none-match": "*" };
      const request = { method: "PUT", headers, aws: { signQuery: true, allHeaders: true } };
      const signed = await client.sign(url.toString(), request);
      return { key, url: signed.url };
    },
    async read(key) {
      const response = await call(key, "GET");
      return response.status === 404 ? undefined : new Uint8Array(await response.arrayBuffer());
    },
    async delete(key) {
      await call(key, "DELETE");
    },
  };
}
