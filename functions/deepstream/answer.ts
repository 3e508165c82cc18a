/** Answers in DeepStream's layout. [DeepStream 9.1, nvds_rest_server; jsoncpp's styled writer with tabs] */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Those that DeepStream has, 408 with its mistake in it; the others as they are registered. */
const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timout",
  409: "Conflict",
  410: "Gone",
  412: "Precondition Failed",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export const statusLine = (status: number): string =>
  `HTTP/1.1 ${status} ${phrases[status] ?? "Custom Status"}`;

const textPlain = "text/plain";

export const envelopeHeaders = { "content-type": textPlain } as const;

/** `{"reason": …, "status": "HTTP/1.1 200 OK"}` and what stands beside them; the status on the wire is the one in the body. */
export const envelope = (
  status: number,
  reason: string,
  more: Readonly<Record<string, Json>> = {},
): Response => tabbed(status, { reason, status: statusLine(status), ...more });

export const tabbed = (status: number, body: Json): Response =>
  new Response(styled(body), { status, headers: envelopeHeaders });

/** Keys in order, a tab a level, containers on lines of their own, and no character beyond ASCII. */
export function styled(value: Json, indent = ""): string {
  if (typeof value !== "object" || value === null) return asciiText(JSON.stringify(value));
  const inner = `${indent}\t`;
  const isList = Array.isArray(value);
  const rows = isList
    ? (value as readonly Json[]).map((item) => `${inner}${styled(item, inner)}`)
    : Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => `${inner}${asciiText(JSON.stringify(key))} : ${below(item, inner)}`);
  const [open, close] = isList ? "[]" : "{}";
  return rows.length === 0 ? `${open}${close}` : `${open}\n${rows.join(",\n")}\n${indent}${close}`;
}

const below = (item: Json, indent: string): string =>
  typeof item === "object" && item !== null && Object.keys(item).length > 0
    ? `\n${indent}${styled(item, indent)}`
    : styled(item, indent);

const asciiText = (json: string): string =>
  json.replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The page of its HTTP server for what it has no handler for. */
export const errorPage = (status: number, text: string, headers: Headers): Response => {
  headers.set("content-type", `${textPlain}; charset=utf-8`);
  return new Response(`Error ${status}: ${phrases[status]}\n${text}`, { status, headers });
};
