/**
 * Which sources a stock server is given. Ours checks every connect itself; NVIDIA's connects wherever it is told, so the agent looks
 * before: not at the box itself, not at link-local addresses, not at files outside of the media folder.
 */
import { realpath } from "node:fs/promises";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { DomainError } from "@sightline/contracts/errors";

export interface SourceRuleOptions {
  /** ADDR:PORT, as the agent's option. */
  readonly allowSources: readonly string[];
  readonly mediaDir: string | undefined;
}

const forbidden = new BlockList();
forbidden.addSubnet("0.0.0.0", 8, "ipv4");
forbidden.addSubnet("127.0.0.0", 8, "ipv4");
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addAddress("::", "ipv6");
forbidden.addAddress("::1", "ipv6");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");

const rtspPorts: Readonly<Record<string, string>> = {
  "rtsp:": "554",
  "rtspt:": "554",
  "rtspu:": "554",
  "rtsps:": "322",
};

/** Players disagree on where the host ends when there are two `@` or a fragment. */
const unambiguous = /^[a-z]+:\/\/(?:[^@/?#\\]*@)?[^@/?#\\]*(?:[/?][^@#\\]*)?$/;

/** @throws DomainError stream.source-invalid | stream.source-forbidden | stream.source-unreachable */
export async function assertSource(url: string, options: SourceRuleOptions): Promise<void> {
  if (!URL.canParse(url) || /[\u0000-\u0020\u007f]/.test(url)) throw invalid();
  const parsed = new URL(url);
  if (parsed.protocol === "file:") return assertFile(parsed, options.mediaDir);
  if (!unambiguous.test(url)) throw invalid();
  const port = parsed.port === "" ? rtspPorts[parsed.protocol] : parsed.port;
  // It would fetch what is behind http:// before it answers, and keep it under a name that no removal knows.
  if (rtspPorts[parsed.protocol] === undefined || port === undefined) throw invalid();
  const host = parsed.hostname.replaceAll(/^\[|\]$/g, "");
  for (const address of await addressesOf(host)) {
    const isAllowed = options.allowSources.some(
      (source) => source === `${address}:${port}` || source === `[${address}]:${port}`,
    );
    if (!isAllowed && isForbidden(address))
      throw new DomainError(
        "stream.source-forbidden",
        `the box may not connect to ${address}:${port}`,
      );
  }
}

const invalid = (): DomainError =>
  new DomainError("stream.source-invalid", "NVIDIA's server is given RTSP sources and files only");

/** IPv4 in IPv6 is the same place. */
function isForbidden(address: string): boolean {
  const mapped = /^::ffff:(?:0:)?([\d.]+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  const family = isIP(plain);
  if (/^::ffff:/i.test(address) && mapped === undefined) return true;
  return family === 0 || forbidden.check(plain, family === 4 ? "ipv4" : "ipv6");
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new DomainError("stream.source-unreachable", `there is no host ${host}`, {
      cause: error,
    });
  }
}

async function assertFile(url: URL, mediaDir: string | undefined): Promise<void> {
  const refusal = new DomainError(
    "stream.source-forbidden",
    "the file is not in the box's media folder",
  );
  if (mediaDir === undefined || url.host !== "") throw refusal;
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch {
    throw refusal;
  }
  const folder = resolve(mediaDir);
  const isInside = (base: string, file: string): boolean => file.startsWith(`${base}${sep}`);
  // The server may see the folder elsewhere than the agent does; a link out of it is refused where both see it.
  const [realFolder, realPath] = await Promise.all([real(folder), real(path)]);
  if (!isInside(folder, resolve(path)) || !isInside(realFolder, realPath)) throw refusal;
}

const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
