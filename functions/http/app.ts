/** The HTTP function: every dialect over one fleet. */
import type { Hono } from "hono";
import { pageRoutes } from "../api/documents.ts";
import { apiRoutes } from "../api/routes.ts";
import type { HttpDeps } from "../shared/call.ts";
import { createHttpApp, mountRoutes } from "../shared/mount.ts";

export function createApp(deps: HttpDeps): Hono {
  const app = createHttpApp(deps);
  mountRoutes(app, deps, apiRoutes);
  mountRoutes(app, deps, pageRoutes);
  return app;
}
