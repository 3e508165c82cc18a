/** Where a server that is not ours may be. NVIDIA's has neither login nor TLS, so nothing beyond this network is talked to. */
import { BlockList, isIP } from "node:net";

const near = new BlockList();
near.addSubnet("127.0.0.0", 8, "ipv4");
near.addSubnet("10.0.0.0", 8, "ipv4");
near.addSubnet("172.16.0.0", 12, "ipv4");
near.addSubnet("192.168.0.0", 16, "ipv4");
near.addAddress("::1", "ipv6");
near.addSubnet("fc00::", 7, "ipv6");

/** The URL without what does not belong to it; undefined when it is none that the agent may use. */
export function stockAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, username, password, pathname, search, hash, origin } = new URL(text);
  const isBare = [username, password, search, hash].every((part) => part === "");
  if (protocol !== "http:" || !isBare || pathname !== "/") return undefined;
  return hostname === "localhost" || isNear(hostname.replaceAll(/^\[|\]$/g, ""))
    ? origin
    : undefined;
}

/** By its number: what a name means can change. */
function isNear(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && near.check(host, family === 4 ? "ipv4" : "ipv6");
}
