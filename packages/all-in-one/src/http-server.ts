/** The API of this machine: HTTP on loopback, HTTPS with a certificate of the folder's own CA elsewhere. */
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { enrolRoutes } from "@sightline/functions/enrol/app";
import { createApp, createDialectApp } from "@sightline/functions/http/app";
import { mountRoutes } from "@sightline/functions/shared/mount";
import { onError } from "@sightline/functions/shared/on-error";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import type { HttpDeps } from "@sightline/functions/shared/call";
import type { LocalDeps } from "./compose.ts";

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: { readonly certificatePem: string; readonly keyPem: string } | undefined;
  /** Of a client that does not get on with its headers, or with its whole request. */
  readonly timeouts?: { readonly headersMs: number; readonly requestMs: number };
}

/** What the listener needs of what `compose` makes. */
export type HttpServerDeps = Pick<LocalDeps, keyof HttpDeps | keyof EnrolDeps | "blobs">;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

const keepAliveMs = 65_000;
/** An upload of 8 MB needs 1.1 Mbit/s to be in time. */
const usualTimeouts = { headersMs: 15_000, requestMs: 60_000 };
/** How often Node looks for connections that are over their time. */
const lookIntervalMsMax = 5_000;

/** @throws Error EADDRINUSE and the like */
export function startHttpServer(
  deps: HttpServerDeps,
  options: HttpServerOptions,
): Promise<HttpServer> {
  const app = createApp(deps);
  mountRoutes(app, deps, enrolRoutes);
  const blobs = uploads(deps);
  return listen(options, (request, env) => {
    const isUpload = new URL(request.url).pathname.startsWith("/blobs/");
    return (isUpload ? blobs : app).fetch(request, env);
  });
}

/** DeepStream's REST API and nothing else, its paths at the root. @throws Error EADDRINUSE and the like */
export function startDialectServer(
  deps: HttpDeps,
  options: HttpServerOptions,
): Promise<HttpServer> {
  const app = createDialectApp(deps);
  return listen(options, (request, env) => app.fetch(request, env));
}

async function listen(
  { host, port, tls, timeouts = usualTimeouts }: HttpServerOptions,
  fetch: Parameters<typeof getRequestListener>[0],
): Promise<HttpServer> {
  const listener = getRequestListener(fetch);
  const onRequest: RequestListener = (request, response) => void listener(request, response);
  const patience = {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: Math.min(timeouts.headersMs, lookIntervalMsMax),
  };
  const server: Server = tls
    ? createHttpsServer({ ...patience, cert: tls.certificatePem, key: tls.keyPem }, onRequest)
    : createHttpServer(patience, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Where boxes PUT pictures: the signed URL is the right to do so. */
function uploads(deps: HttpServerDeps): Hono {
  const app = new Hono();
  app.onError((error, c) => onError(deps, error, c));
  const tooLarge = (): never => {
    throw new DomainError("input.too-large", "the upload is larger than a snapshot may be");
  };
  app.use(bodyLimit({ maxSize: limits.snapshotBytesMax, onError: tooLarge }));
  app.put("/blobs/:key", async (c) => {
    await deps.blobs.takeUpload({
      key: c.req.param("key"),
      query: new URL(c.req.url).search.slice(1),
      contentType: c.req.header("content-type"),
      body: new Uint8Array(await c.req.arrayBuffer()),
    });
    return c.body(null, 204);
  });
  return app;
}
