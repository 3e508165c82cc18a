/** What `npm start` takes. */
import { isIP } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";

export interface Options {
  /** Absolute. */
  readonly folder: string;
  /** 0: free ports for everything. */
  readonly port: number;
  /** False: the default port, so that the next free one will do. */
  readonly portGiven: boolean;
  /** Of DeepStream's dialect alone, whose paths begin at the root there; 0: a free one. */
  readonly deepstreamPort: number;
  readonly host: string;
  /** Speak HTTPS with a certificate of the folder's own CA; always on an address that is not loopback. */
  readonly https: boolean;
  /** 0: no demo. */
  readonly cameras: number;
  /** How long a certificate of a box lasts; it is renewed at two thirds of that. */
  readonly certificateLifeMs: number;
}

export const usage = `sightline: the whole system on this machine

  npm start -- [options]

  --data DIR      where everything is kept            (default .data)
  --port N        port of the API; 0: free ports for everything  (default 8787)
  --deepstream-port N    of DeepStream's REST API alone; 0: a free one  (default 0)
  --host ADDR     address to listen on                (default 127.0.0.1)
  --https         HTTPS also on loopback; elsewhere it is always on
  --cameras N     demo cameras, 1 to 16               (default 2)
  --certificate-life T   of a box's certificate, as 12h or 90d  (default 365d)
  --no-demo       no demo cameras, agent or pipeline
  --help
`;

export class UsageError extends Error {}

const camerasMax = 16;

/** @throws UsageError */
export function readOptions(args: readonly string[], cwd: string): Options | "help" {
  const { values } = parse(args);
  if (values.help) return "help";
  const port = wholeNumber(values.port ?? "8787", { name: "--port", min: 0, max: 65_535 });
  const cameras = wholeNumber(values.cameras ?? "2", {
    name: "--cameras",
    min: 1,
    max: camerasMax,
  });
  const host = values.host ?? "127.0.0.1";
  if (isIP(host) === 0 && host !== "localhost")
    throw new UsageError(`--host ${host} is not an IP address`);
  return {
    folder: path.resolve(cwd, values.data ?? ".data"),
    port,
    portGiven: values.port !== undefined,
    deepstreamPort: wholeNumber(values["deepstream-port"] ?? "0", {
      name: "--deepstream-port",
      min: 0,
      max: 65_535,
    }),
    host: host === "localhost" ? "127.0.0.1" : host,
    https: values.https === true || !isLoopback(host),
    cameras: values["no-demo"] ? 0 : cameras,
    certificateLifeMs: duration(values["certificate-life"] ?? "365d", "--certificate-life"),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        port: { type: "string" },
        "deepstream-port": { type: "string" },
        host: { type: "string" },
        https: { type: "boolean" },
        cameras: { type: "string" },
        "certificate-life": { type: "string" },
        "no-demo": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function wholeNumber(
  text: string,
  { name, min, max }: { readonly name: string; readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`${name} wants a number from ${min} to ${max}, not ${text}`);
  return value;
}

const unitMs = { s: 1_000, h: 3_600_000, d: 86_400_000 } as const;

function duration(text: string, name: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([shd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined)
    throw new UsageError(`${name} wants seconds, hours or days as 90s, 12h or 365d, not ${text}`);
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");
