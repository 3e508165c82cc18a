/** The URL that the pipeline gets: credentials as userinfo, the transport as scheme. It never leaves the box. */
import { DomainError } from "@sightline/contracts/errors";
import { CameraCredentials } from "@sightline/contracts/desired-state";
import type { StreamDesired } from "@sightline/contracts/desired-state";

type Source = StreamDesired["source"];

/** @throws DomainError stream.secret-unreadable */
export async function playableUrl(
  source: Source,
  stream: string,
  privateKeys: readonly string[],
): Promise<string> {
  const url = withTransport(source);
  if (source.credentials === "") return url;
  const { username, password } = await openCredentials(source.credentials, stream, privateKeys);
  return withUserinfo(url, username, password);
}

/** [GStreamer rtspsrc] `rtspt` is RTP over the RTSP connection, `rtspu` over UDP. */
function withTransport({ url, transport }: Source): string {
  if (transport === "auto" || !url.startsWith("rtsp://")) return url;
  return `${transport === "tcp" ? "rtspt" : "rtspu"}${url.slice("rtsp".length)}`;
}

/** The URL as text without what comes before the last @ of its authority. */
export function withoutUserinfo(url: string): string {
  const [, scheme = "", authority = "", rest = ""] =
    /^([^:/?#]*:\/\/)([^/?#]*)(.*)$/s.exec(url) ?? [];
  return scheme === "" ? url : `${scheme}${authority.slice(authority.lastIndexOf("@") + 1)}${rest}`;
}

/** `rtsp` is TCP as well. An empty one is not known, and the same as none. */
export const sameSource = (a: string, b: string): boolean =>
  a !== "" && a.replace(/^rtspt:/, "rtsp:") === b.replace(/^rtspt:/, "rtsp:");

/** Written into the text: a URL class would also normalise the camera's path, and some cameras want it as it is. */
function withUserinfo(url: string, username: string, password: string): string {
  const at = url.indexOf("://");
  if (at < 0) return url;
  const userinfo = `${encode(username)}:${encode(password)}`;
  return `${url.slice(0, at + 3)}${userinfo}@${url.slice(at + 3)}`;
}

/** encodeURIComponent leaves `!'()*`; they are encoded too, for a parser that is stricter than RFC 3986 asks. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The newest key first; an older one still opens what was sealed before the box enrolled again. */
async function openCredentials(
  sealed: string,
  stream: string,
  privateKeys: readonly string[],
): Promise<CameraCredentials> {
  // Most boxes hold no credentials, and the cipher suite is a tenth of the agent's code.
  const { unseal } = await import("@sightline/contracts/sealed");
  let refused: unknown;
  for (const privateKey of privateKeys) {
    try {
      return CameraCredentials.parse(JSON.parse(await unseal(privateKey, sealed, stream)));
    } catch (error) {
      refused = error;
    }
  }
  throw new DomainError("stream.secret-unreadable", "the sealed credentials do not open here", {
    cause: refused,
    hint: "set the camera's username and password again",
  });
}
