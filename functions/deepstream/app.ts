/**
 * DeepStream's REST API as an app of its own, for it answers in its own form whatever happens. It is mounted three times:
 *
 * - below `/devices/{device}/deepstream`, for whoever may do that to the device;
 * - below `/t/{token}`, for clients that can send no credentials: the token says the device;
 * - at the root of its own port or host name, for clients that know nothing but a host: their credentials are such a token.
 */
import { DomainError } from "@sightline/contracts/errors";
import type { Context, Hono } from "hono";
import type { Call, HttpDeps } from "../shared/call.ts";
import { headerCredentials, pathCredentials, type Credentials } from "../shared/credentials.ts";
import { createHttpApp, createLimiter, mountTable } from "../shared/mount.ts";
import { ofDevice } from "./call.ts";
import { errorForm } from "./mapping.ts";
import { deepstreamRoutes } from "./routes.ts";

interface Root {
  readonly at: string;
  readonly credentials: (c: Context) => Credentials | undefined;
}

const named: readonly Root[] = [
  { at: "/devices/:device/deepstream", credentials: headerCredentials },
  { at: "/t/:token", credentials: pathCredentials },
];

/** Paths that are this dialect's wherever everything else is served, too. */
export const isDeepstreamPath = (path: string): boolean =>
  /^\/(?:t\/[^/]*|devices\/[^/]+\/deepstream)(?:\/|$)/.test(path);

/** `atRoot`: for a port or host name of its own. */
export function createDeepstreamApp(
  given: HttpDeps,
  { atRoot = false }: { readonly atRoot?: boolean } = {},
): Hono {
  const deps = { ...given, errorForm };
  const app = createHttpApp(deps);
  // Its HTTP server does not know the method at all.
  app.on("PATCH", "/*", () => {
    throw new DomainError("route.method-not-allowed", "PATCH method not allowed");
  });
  const limiter = createLimiter(deps);
  const roots = atRoot ? [...named, { at: "", credentials: headerCredentials }] : named;
  for (const { at, credentials } of roots) {
    const routes = deepstreamRoutes.map((route) => ({
      ...route,
      path: `${at}${route.path}`,
      handle: async (call: Call) => route.handle(await ofDevice(call)),
    }));
    mountTable(app, deps, { routes, audience: "deepstream", credentials, limiter });
  }
  return app;
}
