/** Names and addresses of this machine. */
import { hostname, networkInterfaces } from "node:os";

const all = (): readonly { address: string; internal: boolean; family: string }[] =>
  Object.values(networkInterfaces()).flatMap((list) => list ?? []);

/** How others reach this machine when it listens on `host`. */
export function reachableAddress(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const outer = all().find(({ internal, family }) => !internal && family === "IPv4");
  return outer?.address ?? "127.0.0.1";
}

/** What the server certificate names: the reachable address first. */
export function serverNames(host: string): string[] {
  const addresses = all().map(({ address }) => address.replace(/%.*$/, ""));
  return [...new Set([reachableAddress(host), "localhost", "127.0.0.1", hostname(), ...addresses])];
}

/** `host` as it stands in a URL. */
export const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);
