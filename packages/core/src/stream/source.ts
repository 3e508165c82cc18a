/** Camera URLs and credentials: userinfo is taken out of the URL at the edge and never stored or shown with it. */
import { createHash, timingSafeEqual } from "node:crypto";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import type { Transport } from "@sightline/contracts/desired-state";
import type { Deps } from "../ports/deps.ts";
import type { SourceCredentials, Stream, StreamSource } from "./stream.ts";

/** What stands in answers for a password; sent back it means "unchanged". */
export const maskedSecret = "********";

export interface SourceInput {
  readonly url: string;
  readonly transport?: Transport | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A URL as GStreamer's players take it: their schemes `rtspt` and `rtspu` tell how the video is fetched. */
export function sourceOfUrl(playable: string): Pick<SourceInput, "url" | "transport"> {
  const [, letter] = /^rtsp([tu]):/i.exec(playable) ?? [];
  if (letter === undefined) return { url: playable };
  const url = playable.replace(/^rtsp[tu]:/i, "rtsp:");
  return { url, transport: letter.toLowerCase() === "t" ? "tcp" : "udp" };
}

interface ParsedSource {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** @throws DomainError input.invalid */
export function parseSource(input: SourceInput): ParsedSource {
  const match = /^([a-z][a-z0-9+.-]*:)\/\/(?:([^/?#]*)@)?([^@]*)$/i.exec(input.url);
  const [, scheme = "", userinfo, rest = ""] = match ?? [];
  const url = `${scheme.toLowerCase()}//${rest}`;
  if (!match || !isPlayable(url))
    throw new DomainError("input.invalid", "source.url is not a URL that a box can play", {
      hint: "send rtsp:// or rtsps://host[:port]/path, file:///path or fake://name",
    });
  const [user, ...secret] = userinfo?.split(":") ?? [];
  // Userinfo first: stored URLs have none, so it is newer than the fields beside it.
  return {
    url,
    username: decode(user) ?? input.username,
    password: (secret.length > 0 ? decode(secret.join(":")) : undefined) ?? input.password,
  };
}

function isPlayable(text: string): boolean {
  // The parser would drop line ends and tabs without a word.
  if (/[\u0000-\u001f\u007f]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  // What a generated picture can be, the box says.
  if (protocol === "rtsp:" || protocol === "rtsps:" || protocol === "fake:") {
    // Players disagree on where the host ends before a fragment.
    return hostname !== "" && !text.includes("#");
  }
  return protocol === "file:" && pathname !== "/";
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DomainError("input.invalid", "the userinfo of source.url is not percent-encoded");
  }
}

/**
 * The source to store. A masked password keeps the one of `before`.
 * @throws DomainError input.invalid
 */
export async function makeSource(
  deps: Pick<Deps, "vault">,
  input: SourceInput,
  { streamId, before }: { readonly streamId: string; readonly before: StreamSource | undefined },
): Promise<StreamSource> {
  const { url, username, password } = parseSource(input);
  const transport = input.transport ?? before?.transport ?? "auto";
  if (username === undefined && password === undefined) return { url, transport };
  if (password === maskedSecret) {
    if (!before?.credentials || (username ?? "") !== before.credentials.username)
      throw new DomainError("input.invalid", "the password is masked, and there is none to keep", {
        hint: "send the camera's password with the username",
      });
    return { url, transport, credentials: before.credentials };
  }
  const secret = JSON.stringify({ username: username ?? "", password: password ?? "" });
  const encrypted = await deps.vault.encrypt(secret, streamId);
  return { url, transport, credentials: { username: username ?? "", encrypted } };
}

/** Whether the URL, with its userinfo, is the whole source of the stream. */
export async function isSameSource(
  deps: Pick<Deps, "vault">,
  { id, source }: Pick<Stream, "id" | "source">,
  url: string,
): Promise<boolean> {
  let given: ParsedSource;
  try {
    given = parseSource({ url });
  } catch (error) {
    if (isDomainError(error, "input.invalid")) return false;
    throw error;
  }
  const { username = "", password = "" } = given;
  if (given.url !== source.url) return false;
  if (!source.credentials) return username === "" && password === "";
  const stored = await deps.vault.decrypt(source.credentials.encrypted, id);
  return isSameSecret(stored, JSON.stringify({ username, password }));
}

/** In a time that does not tell how much of it is right. */
const isSameSecret = (one: string, other: string): boolean =>
  timingSafeEqual(digestOf(one), digestOf(other));
const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The source with its credentials sealed to that box; unchanged when they are already, or there are none. */
export async function sealSource(
  deps: Pick<Deps, "vault">,
  source: StreamSource,
  { streamId, sealingKey }: { readonly streamId: string; readonly sealingKey: string | undefined },
): Promise<StreamSource> {
  const { credentials } = source;
  if (!credentials || credentials.sealed?.sealingKey === sealingKey) return source;
  const { username, encrypted } = credentials;
  if (sealingKey === undefined) return { ...source, credentials: { username, encrypted } };
  // Loaded for who needs it: few requests bring a camera's password.
  const { seal } = await import("@sightline/contracts/sealed");
  const text = await seal(sealingKey, await deps.vault.decrypt(encrypted, streamId), streamId);
  const sealed: NonNullable<SourceCredentials["sealed"]> = { sealingKey, text };
  return { ...source, credentials: { username, encrypted, sealed } };
}
