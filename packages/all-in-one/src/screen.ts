/** What people see when the system has started. */
import type { Stream } from "@sightline/core/stream/stream";

export interface Started {
  readonly apiUrl: string;
  readonly deepstreamUrl: string;
  readonly login: string;
  /** Absent when it does not count any more. */
  readonly password?: string;
  readonly adminFile: string;
  readonly mqtt: string;
  readonly caFile: string | undefined;
  readonly streams: readonly { readonly stream: Stream; readonly state: string }[];
  readonly logs: string;
  readonly seconds: number;
}

export function startedText(started: Started): string {
  const rows: [string, string][] = [
    ["API", `${started.apiUrl}/v1`],
    ["DeepStream", `${started.deepstreamUrl}/api/v1   (with a token of a device: POST /v1/tokens)`],
    ["login", loginText(started)],
    ["MQTT", `${started.mqtt}   (mutual TLS; npm run agent -- enrol)`],
    ...(started.caFile ? [["CA", `${started.caFile}   (curl --cacert)`] as [string, string]] : []),
    ...started.streams.map(({ stream, state }): [string, string] => [
      stream.name,
      `${state}   ${stream.source.url}`,
    ]),
    ["logs", started.logs],
    ["stop", "Ctrl-C"],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return `\nSightline is running (ready after ${started.seconds.toFixed(1)} s)\n\n${lines.join("\n")}\n\n`;
}

const loginText = ({ login, password, adminFile }: Started): string =>
  password === undefined
    ? "with a password of your own; the first one does not count any more"
    : `${login} / ${password}   (kept in ${adminFile})`;
