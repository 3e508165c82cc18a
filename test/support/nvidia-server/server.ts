/**
 * NVIDIA's REST server as one meets it over HTTP, for tests: not ours, and no better than theirs. The wire says 200 whatever happened,
 * every answer is text/plain on a connection of its own, a chunked body counts as none, and some requests end the process.
 */
import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Abort, applySetting, changeStreams, updateRois, type Server } from "./actions.ts";
import { endpoints, roiPath, type Endpoint, type Outcome } from "./endpoints.ts";
import { writeJson, type Json, type JsonObject } from "./json.ts";
import { quirksOf, type NvidiaRelease } from "./release.ts";
import { Sources } from "./sources.ts";

export interface AskedRequest {
  readonly method: string;
  readonly path: string;
  readonly accept: string;
  readonly isChunked: boolean;
  readonly body: string;
  readonly status: string;
  readonly reason: string;
}

export interface RunningDouble {
  readonly port: number;
  readonly server: Server;
  /** Newest last. */
  readonly asked: readonly AskedRequest[];
  /** Answers of that path come so much later; the request is carried out at once. */
  readonly delay: (path: string, delayMs: number) => void;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly wire: number;
  readonly type: string;
  readonly body: string;
  readonly outcome?: Outcome;
}

export interface DoubleOptions {
  readonly release: NvidiaRelease;
  readonly port: number;
  readonly maxBatchSize: number;
  readonly abort: (reason: string) => void;
}

const phrases = { 200: "OK", 400: "Bad Request", 500: "Internal Server Error" } as const;

const listPath = "/api/v1/stream/get-stream-info";

export async function startDouble(options: DoubleOptions): Promise<RunningDouble> {
  const quirks = quirksOf[options.release];
  const server: Server = { quirks, sources: new Sources(options.maxBatchSize), shared: {} };
  const asked: AskedRequest[] = [];
  const delays = new Map<string, number>();
  const http = createServer({ keepAlive: false }, (request, response) => {
    void (async () => {
      const { method = "", url = "" } = request;
      const path = url.split("?")[0] ?? "";
      const body = await bodyOf(request);
      const accept = request.headers.accept ?? "";
      const answer = answerOrAbort({ server, method, path, accept, body }, options.abort);
      if (!answer) return void request.socket.destroy();
      const { reason = "", code = answer.wire } = answer.outcome ?? {};
      const isChunked = request.headers["transfer-encoding"] !== undefined;
      asked.push({ method, path, accept, isChunked, body, status: String(code), reason });
      setTimeout(
        () => {
          response.writeHead(answer.wire, {
            "Access-Control-Allow-Origin": "*",
            "Content-Type": answer.type,
            "Content-Length": Buffer.byteLength(answer.body),
            Connection: "close",
          });
          response.end(answer.body);
        },
        delays.get(path) ?? 0,
      );
    })();
  });
  await listen(http, options.port);
  const { port } = http.address() as AddressInfo;
  return {
    port,
    server,
    asked,
    delay: (path, delayMs) => void delays.set(path, delayMs),
    close: () => new Promise((resolve) => http.close(() => resolve())),
  };
}

function listen(http: HttpServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", resolve);
  });
}

/** Read only where a length announces it. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += String(part);
  return Number(request.headers["content-length"] ?? 0) > 0 ? text : "";
}

interface Asked {
  readonly server: Server;
  readonly method: string;
  readonly path: string;
  readonly accept: string;
  readonly body: string;
}

function answerOrAbort(asked: Asked, abort: (reason: string) => void): Answer | undefined {
  try {
    return answerTo(asked);
  } catch (error) {
    if (!(error instanceof Abort)) throw error;
    abort(error.message);
    return undefined;
  }
}

function answerTo(asked: Asked): Answer {
  const { server, method, path } = asked;
  if (path === "/version") return bare({ version: server.quirks.version });
  const get = gets(asked)[path];
  const post = postOf(asked);
  if (!get && !post) return notFound;
  if (method === "PATCH")
    return {
      wire: 405,
      type: "text/plain; charset=utf-8",
      body: "Error 405: Method Not Allowed\nPATCH method not allowed",
    };
  // No 405 for the others: the handler finds nothing to say.
  if (get) return method === "GET" ? get() : bare(null);
  return method === "POST" && post ? enveloped(post()) : bare(null);
}

const notFound: Answer = {
  wire: 404,
  type: "text/plain; charset=utf-8",
  body: "Error 404: Not Found\nNot Found",
};

function postOf({ server, path, body }: Asked): (() => Outcome) | undefined {
  if (path === "/api/v1/stream/add" || path === "/api/v1/stream/remove")
    return () => changeStreams(server, body);
  if (path === roiPath) return () => updateRois(server, body);
  const isServed = (each: Endpoint): boolean =>
    each.path === path && (server.quirks.hasTracker || !each.needsTracker);
  const endpoint = endpoints.find(isServed);
  return endpoint && (() => applySetting(server, endpoint, body));
}

function gets({ server, accept }: Asked): Readonly<Record<string, () => Answer>> {
  const { quirks, sources } = server;
  const { readyReason, hasMetrics } = quirks;
  const wantsText = hasMetrics && accept.includes("text/plain");
  const told = (reason: string, extra: JsonObject, gauges: readonly string[]) => (): Answer =>
    wantsText ? prometheus(gauges) : enveloped({ code: 200, reason, extra });
  const count = sources.all.length;
  const list = told(
    "GET_LIVE_STREAM_INFO_SUCCESS",
    { "stream-info": sources.listing(quirks.tellsSourceId) },
    [`total_stream_count{app_name="ds",metric_name="total_stream_count"} ${count}`],
  );
  const health =
    readyReason === undefined
      ? {}
      : {
          "/api/v1/health/get-dsready-state": () =>
            enveloped({
              code: 200,
              reason: readyReason,
              extra: { "health-info": { "ds-ready": "YES" } },
            }),
        };
  if (!hasMetrics) return { [listPath]: list, ...health };
  const ready = told("GET_READY_INFO_SUCCESS", { "ready-info": { "ds-ready": "YES" } }, [
    'ready_metrics{app_name="ds",metric_name="ds_ready"} 1',
  ]);
  const stats = sources.stats();
  const metrics = told(
    `GET_METRICS_INFO_SUCCESS${count === 0 ? " - No data available" : ""}`,
    { "metrics-info": { "stream-count": count, "stream-stats": stats, "system-stats": {} } },
    [`stream_count{app_name="ds",metric_name="stream_count"} ${count}`],
  );
  return {
    [listPath]: list,
    ...health,
    "/ready": ready,
    "/api/v1/ready": ready,
    "/api/v1/metrics": metrics,
  };
}

const prometheus = (gauges: readonly string[]): Answer => ({
  wire: 200,
  type: "text/plain; version=0.0.4; charset=utf-8",
  body: `${gauges.join("\n")}\n`,
});

const bare = (value: Json): Answer => ({ wire: 200, type: "text/plain", body: writeJson(value) });

const enveloped = (outcome: Outcome): Answer => {
  const { code, reason, extra } = outcome;
  const status = `HTTP/1.1 ${code} ${phrases[code]}`;
  return { ...bare({ ...extra, reason, status }), outcome };
};
