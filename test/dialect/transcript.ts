/** Requests of a vendor's document, as they stand there, and a client that sends them to another address. */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";

export interface DocumentRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

/** Every curl of the text, in its order. */
export function readCurls(file: URL): readonly DocumentRequest[] {
  const curls = readFileSync(file, "utf8").matchAll(/^curl -X(\w+) '([^']+)'(?: -d '([^']*)')?/gm);
  return [...curls].map(([, method = "", url = "", body]) => {
    const { pathname, search } = new URL(url);
    return { method, path: `${pathname}${search}`, body };
  });
}

export interface WireAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Node would send the body of a GET without a word of its length. */
const bodyHeaders = (body: string) => ({
  "content-type": "application/x-www-form-urlencoded",
  "content-length": Buffer.byteLength(body),
});

/** As curl sends it; what stands before the @ of the base URL goes along as a Basic login. */
export function send(base: string, { method, path, body }: DocumentRequest): Promise<WireAnswer> {
  const { username, password, hostname, port } = new URL(base);
  const headers = body === undefined ? {} : bodyHeaders(body);
  const auth = username ? { auth: `${username}:${password}` } : {};
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: hostname, port, path, method, headers, ...auth },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (part: string) => (text += part));
        incoming.on("error", reject).on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            type: incoming.headers["content-type"] ?? "",
            text,
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
