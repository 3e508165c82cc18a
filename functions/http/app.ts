/** The HTTP function: every dialect over one fleet. */
import type { Hono } from "hono";
import { pageRoutes } from "../api/documents.ts";
import { apiRoutes } from "../api/routes.ts";
import { createDeepstreamApp, isDeepstreamPath } from "../deepstream/app.ts";
import type { HttpDeps } from "../shared/call.ts";
import { createHttpApp, mountRoutes } from "../shared/mount.ts";

export function createApp(deps: HttpDeps): Hono {
  const deepstream = createDeepstreamApp(deps);
  const app = createHttpApp(deps, (c) =>
    isDeepstreamPath(c.req.path) ? deepstream.fetch(c.req.raw, c.env) : undefined,
  );
  mountRoutes(app, deps, apiRoutes);
  mountRoutes(app, deps, pageRoutes);
  return app;
}

/** What listens on the port, or behind the host name, of one dialect: its paths begin at the root. */
export const createDialectApp = (deps: HttpDeps): Hono =>
  createDeepstreamApp(deps, { atRoot: true });
