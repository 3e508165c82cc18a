/** Bytes that do not go through the database: pictures that boxes upload. */
export interface Blobs {
  /** A fresh key and a URL that takes one PUT of at most `sizeBytesMax` within `ttlMs`. */
  createUpload(request: UploadRequest): Promise<{ readonly key: string; readonly url: string }>;
  /** Undefined when nothing was uploaded (yet). */
  read(key: string): Promise<Uint8Array | undefined>;
  delete(key: string): Promise<void>;
}

export interface UploadRequest {
  readonly contentType: string;
  readonly sizeBytesMax: number;
  readonly ttlMs: number;
}
