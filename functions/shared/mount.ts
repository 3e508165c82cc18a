/** Puts a table of routes on a Hono app: authentication, permission, and 405 for a path's other methods. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { requirePermission, type Authenticator } from "@sightline/core/access/authenticate";
import type { Principal } from "@sightline/core/access/principal";
import type { Actor } from "@sightline/core/ports/deps";
import type { Access, AppDeps, Route } from "./call.ts";
import { onError } from "./on-error.ts";

/** What every app here starts from: request id, security headers, body limit, problem documents. */
export function createHttpApp(deps: AppDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = given && /^[\w.-]{1,64}$/.test(given) ? given : deps.ids.next("event");
    c.set("requestId" as never, requestId as never);
    await next();
    c.res.headers.set("x-request-id", requestId);
    c.res.headers.set("x-content-type-options", "nosniff");
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  });
  const tooLarge = (): never => {
    throw new DomainError(
      "input.too-large",
      `the body is larger than ${limits.bodyBytesMax} bytes`,
    );
  };
  app.use(bodyLimit({ maxSize: limits.bodyBytesMax, onError: tooLarge }));
  app.onError((error, c) => onError(deps.log, error, c));
  app.notFound((c) =>
    onError(deps.log, new DomainError("route.not-found", "there is no such route"), c),
  );
  return app;
}

export const requestIdOf = (c: Context): string => String(c.get("requestId" as never));

type MountDeps = AppDeps & {
  /** An app without one has public and one-time routes only. */
  readonly authenticator?: Authenticator;
};

export function mountRoutes<D extends MountDeps>(
  app: Hono,
  deps: D,
  routes: readonly Route<D>[],
): void {
  for (const { method, path, access, handle } of routes)
    app.on(method, path, async (c) => {
      const actor = await identify(deps, c, access);
      return handle({ deps, c, actor });
    });
  for (const path of new Set(routes.map((route) => route.path)))
    app.all(path, (c) => {
      const allowed = routes.filter((route) => route.path === path).map(({ method }) => method);
      c.header("allow", allowed.join(", "));
      throw new DomainError("route.method-not-allowed", `this route has ${allowed.join(", ")}`);
    });
}

async function identify(deps: MountDeps, c: Context, access: Access): Promise<Actor> {
  const requestId = requestIdOf(c);
  if (access === "public" || access === "once") return { organization: "", name: "", requestId };
  const principal = await authenticate(deps, c);
  requirePermission(principal, access);
  return { organization: principal.organization, name: principal.name, requestId };
}

async function authenticate({ authenticator }: MountDeps, c: Context): Promise<Principal> {
  if (!authenticator) throw new DomainError("auth.forbidden", "nobody may call this here");
  const [scheme = "", credentials = ""] = (c.req.header("authorization") ?? "").split(" ");
  if (/^bearer$/i.test(scheme) && credentials) return authenticator.bearer(credentials);
  const [login, ...password] = Buffer.from(credentials, "base64").toString("utf8").split(":");
  if (/^basic$/i.test(scheme) && login && password.length > 0)
    return authenticator.basic(login, password.join(":"), clientAddress(c));
  throw new DomainError("auth.required", "no credentials", {
    hint: "send Authorization: Bearer <token> or Basic <login:password>",
  });
}

/** The peer's address: of API Gateway's event on AWS, of the socket on one machine. */
function clientAddress(c: Context): string {
  const env = c.env as {
    requestContext?: { http?: { sourceIp?: string } };
    incoming?: { socket?: { remoteAddress?: string } };
  } | null;
  return env?.requestContext?.http?.sourceIp ?? env?.incoming?.socket?.remoteAddress ?? "";
}
