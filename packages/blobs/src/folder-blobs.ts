/**
 * Blobs in a folder of this machine. Boxes PUT to a one-time, signed URL of the API's own address. Which URLs are still good is
 * known to this process alone: they end with it, as do those who wait for the pictures.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { DomainError } from "@sightline/contracts/errors";
import type { Blobs, UploadRequest } from "@sightline/core/ports/blobs";

interface FolderBlobsOptions {
  readonly folder: string;
  /** Where `takeUpload` is mounted, as boxes reach it: `https://host:port/blobs`. */
  readonly baseUrl: string;
  readonly secret: Buffer;
  readonly nowMs: () => number;
}

export interface UploadAttempt {
  readonly key: string;
  /** The query string, without `?`. */
  readonly query: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

export interface FolderBlobs extends Blobs {
  /** @throws DomainError auth.forbidden (bad, used or late URL) | input.too-large | input.unsupported */
  takeUpload(attempt: UploadAttempt): Promise<void>;
}

const keyForm = /^[A-Za-z0-9_-]{32}$/;

export function createFolderBlobs(options: FolderBlobsOptions): FolderBlobs {
  const { folder, secret, nowMs } = options;
  /** When URLs that were not used yet end, by key. */
  const open = new Map<string, number>();
  const fileOf = (key: string): string => path.join(folder, key);

  const sign = (key: string, limits: string): string =>
    createHmac("sha256", secret).update(`${key}\n${limits}`).digest("base64url");

  return {
    createUpload({ contentType, sizeBytesMax, ttlMs }: UploadRequest) {
      for (const [late, endsAtMs] of open) if (endsAtMs <= nowMs()) open.delete(late);
      const key = randomBytes(24).toString("base64url");
      open.set(key, nowMs() + ttlMs);
      const query = new URLSearchParams({
        expiresAtMs: String(nowMs() + ttlMs),
        sizeBytesMax: String(sizeBytesMax),
        contentType,
      }).toString();
      const url = `${options.baseUrl}/${key}?${query}&signature=${sign(key, query)}`;
      return Promise.resolve({ key, url });
    },

    async read(key) {
      if (!keyForm.test(key)) return undefined;
      try {
        return await readFile(fileOf(key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },

    async delete(key) {
      open.delete(key);
      if (keyForm.test(key)) await rm(fileOf(key), { force: true });
    },

    async takeUpload({ key, query, contentType, body }) {
      const [limits = "", signature = ""] = query.split("&signature=");
      const given = Buffer.from(signature);
      const wanted = Buffer.from(sign(key, limits));
      const genuine =
        keyForm.test(key) && given.length === wanted.length && timingSafeEqual(given, wanted);
      const asked = new URLSearchParams(limits);
      if (!genuine || Number(asked.get("expiresAtMs")) <= nowMs())
        throw new DomainError("auth.forbidden", "the upload URL is not valid any more");
      if (body.byteLength > Number(asked.get("sizeBytesMax")))
        throw new DomainError("input.too-large", "the upload is larger than was asked for");
      if (contentType !== asked.get("contentType"))
        throw new DomainError("input.unsupported", `this wants ${asked.get("contentType")}`);
      if (!open.delete(key))
        throw new DomainError("auth.forbidden", "the upload URL was used already");
      await writeWhole(fileOf(key), body);
    },
  };
}

/** Whole or not at all: who reads it must not find a part. */
async function writeWhole(file: string, body: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.part`;
  await writeFile(part, body, { mode: 0o600 });
  await rename(part, file);
}
