/** Ports: the one of the last run, else the wanted one, else the next that is free. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const triesMax = 200;
/** Below what Linux takes for outgoing connections (`net.ipv4.ip_local_port_range`: 32768 on). */
const unassigned = { first: 20_000, end: 32_768 };

export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export interface PortWish {
  readonly host: string;
  /** 0: any free one. */
  readonly wanted: number;
  /** Port of the last run; taken again when it is free. */
  readonly last: number | undefined;
  /** Ports this start has given to others already. */
  readonly taken: ReadonlySet<number>;
}

/** @throws Error when none of 200 is free */
export async function choosePort({ host, wanted, last, taken }: PortWish): Promise<number> {
  if (last !== undefined && !taken.has(last) && (await isFree(last, host))) return last;
  if (wanted === 0) return anyFree(host, taken);
  for (let port = wanted; port < wanted + triesMax && port < 65_536; port += 1)
    if (!taken.has(port) && (await isFree(port, host))) return port;
  throw new Error(`no port from ${wanted} to ${wanted + triesMax} is free on ${host}`);
}

/**
 * Not one that the system hands out: those it gives to any connection of this machine as well, and there are seconds between
 * the choice and its use.
 */
async function anyFree(host: string, taken: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomInt(unassigned.first, unassigned.end);
    if (!taken.has(port) && (await isFree(port, host))) return port;
  }
  throw new Error(
    `no port from ${unassigned.first} to ${unassigned.end - 1} seems to be free on ${host}`,
  );
}
