/** Ports: the one of the last run, else the wanted one, else the next that is free. */
import { createServer } from "node:net";

const triesMax = 200;

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

/** @throws Error when none of the next 200 is free */
export async function choosePort({ host, wanted, last, taken }: PortWish): Promise<number> {
  if (last !== undefined && !taken.has(last) && (await isFree(last, host))) return last;
  if (wanted === 0) return anyFree(host);
  for (let port = wanted; port < wanted + triesMax && port < 65_536; port += 1)
    if (!taken.has(port) && (await isFree(port, host))) return port;
  throw new Error(`no port from ${wanted} to ${wanted + triesMax} is free on ${host}`);
}

function anyFree(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host }, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
