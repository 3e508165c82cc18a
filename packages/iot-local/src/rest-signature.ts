/** AWS Signature Version 4, checked. [AWS General Reference, "Signature Version 4 signing process"] */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AwsError } from "./aws-error.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path as sent, still encoded. */
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const skewMs = 15 * 60_000;
const refused = (type: string, message: string): AwsError => new AwsError(403, type, message);

/** @throws AwsError 403. The caller's clock is compared with the real one, whatever time the rest of us believes in. */
export function checkSignature(request: SignedRequest, credentials: Credentials): void {
  const header = request.headers.get("authorization") ?? "";
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  const [, accessKeyId, day, region, service, signedHeaders, signature] = match ?? [];
  if (!accessKeyId || !day || !region || !service || !signedHeaders || !signature)
    throw refused("MissingAuthenticationTokenException", "Missing Authentication Token");
  if (accessKeyId !== credentials.accessKeyId)
    throw refused("UnrecognizedClientException", "The access key id is not known.");
  const time = request.headers.get("x-amz-date") ?? "";
  if (!time.startsWith(day) || Math.abs(Date.now() - parseTime(time)) > skewMs)
    throw refused("InvalidSignatureException", "Signature expired or not yet current.");
  const names = signedHeaders.split(";");
  if (!names.includes("host")) throw refused("InvalidSignatureException", "host must be signed");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, names));
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${canonical}`;
  let key = hmac(`AWS4${credentials.secretAccessKey}`, day);
  for (const part of [region, service, "aws4_request"]) key = hmac(key, part);
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex")))
    throw refused("InvalidSignatureException", "The request signature does not match.");
}

function canonicalRequest(request: SignedRequest, names: readonly string[]): string {
  // Every service but S3 encodes the already encoded path once more.
  const path = encode(request.path).replaceAll("%2F", "/");
  const query = [...new URLSearchParams(request.query)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join("&");
  const headers = names.map(
    (name) => `${name}:${(request.headers.get(name) ?? "").trim().replace(/\s+/g, " ")}\n`,
  );
  return [
    request.method,
    path,
    query,
    headers.join(""),
    names.join(";"),
    sha256(request.body),
  ].join("\n");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parseTime(time: string): number {
  const iso = time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  return Date.parse(iso);
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
