/** Puts a table of routes on a Hono app: authentication, permission, and 405 for a path's other methods. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { requireAudience, type Authenticator } from "@sightline/core/access/authenticate";
import type { Audience, Principal } from "@sightline/core/access/principal";
import { nowhere, reachOf, type Reach } from "@sightline/core/access/reach";
import { actorOf, originatorOf } from "@sightline/core/audit/audit";
import type { Ids } from "@sightline/core/ports/ids";
import { finishAudit, recordCall } from "./audit.ts";
import type { Access, AppDeps, Route } from "./call.ts";
import { headerCredentials, refuseForeignPage, type Credentials } from "./credentials.ts";
import { answerOnce, type IdempotencyDeps } from "./idempotency.ts";
import { onError } from "./on-error.ts";
import { defaultRates, TokenBuckets } from "./rate-limit.ts";

/**
 * What every app here starts from: request id, security headers, body limit, the form of errors. `elsewhere` is asked first, and
 * what it answers is left as it is: another app, with a form of its own.
 */
export function createHttpApp(
  deps: AppDeps,
  elsewhere?: (c: Context) => Response | Promise<Response> | undefined,
): Hono {
  const app = new Hono();
  if (elsewhere) app.use(async (c, next) => elsewhere(c) ?? next());
  app.use(async (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = given && /^[\w.-]{1,64}$/.test(given) ? given : deps.ids.next("event");
    c.set("requestId" as never, requestId as never);
    await next();
    await finishAudit(c);
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
  app.use(async (c, next) => {
    refuseForeignPage(c);
    await next();
  });
  app.onError((error, c) => onError(deps, error, c));
  app.notFound((c) =>
    onError(deps, new DomainError("route.not-found", "there is no such route"), c),
  );
  return app;
}

export const requestIdOf = (c: Context): string => String(c.get("requestId" as never));

type MountDeps = AppDeps &
  IdempotencyDeps & {
    /** An app without one has public and one-time routes only. */
    readonly authenticator?: Authenticator;
  };

export interface Limiter {
  readonly principals: TokenBuckets;
  readonly addresses: TokenBuckets;
}

export function createLimiter({ rates = defaultRates }: Pick<AppDeps, "rates">): Limiter {
  const { principal, address } = rates;
  return { principals: new TokenBuckets(principal), addresses: new TokenBuckets(address) };
}

type HandledRoute<D> = Omit<Route<D>, "about">;

export interface Mount<D> {
  readonly routes: readonly HandledRoute<D>[];
  /** `/v1` when absent. */
  readonly audience?: Audience;
  readonly credentials?: (c: Context) => Credentials | undefined;
  /** Of its own when absent. */
  readonly limiter?: Limiter;
}

export const mountRoutes = <D extends MountDeps>(
  app: Hono,
  deps: D,
  routes: readonly HandledRoute<D>[],
): void => mountTable(app, deps, { routes });

export function mountTable<D extends MountDeps>(app: Hono, deps: D, mount: Mount<D>): void {
  const { routes, audience = "api", credentials = headerCredentials } = mount;
  const entrance = { audience, credentials, limiter: mount.limiter ?? createLimiter(deps) };
  const mountRoute = ({ method, path, access, handle }: HandledRoute<D>): unknown =>
    app.on(method, path, async (c) => {
      const requestId = requestIdOf(c);
      const beganAtMs = deps.clock.nowMs();
      const principal = await identify(deps, entrance, { c, access });
      const { organization, name } = principal ?? { organization: "", name: "" };
      const reach = principal ? reachFor(principal, access) : nowhere;
      const call = { deps, c, actor: { organization, name, requestId, reach }, principal };
      if (method === "GET") return handle(call);
      const operation = `${method} ${path}`;
      const address = clientAddress(c);
      const recordAs = recordCall(deps, { c, operation, requestId, address, beganAtMs });
      if (!principal) return handle({ ...call, recordAs });
      const run = (ids: Ids): Promise<Response> => {
        const store = recordAs({ organization, actor: actorOf(principal) });
        return handle({ ...call, deps: { ...deps, ids, store } });
      };
      if (method !== "POST") return run(deps.ids);
      return answerOnce(deps, { c, principal, requestId, run });
    });
  for (const path of literalFirst(routes)) {
    const own = routes.filter((route) => route.path === path);
    for (const route of own) mountRoute(route);
    app.all(path, (c) => {
      const allowed = own.map(({ method }) => method).join(", ");
      c.header("allow", allowed);
      throw new DomainError("route.method-not-allowed", `this route has ${allowed}`);
    });
  }
}

/** Paths, each once: a word is itself before it is the value of a parameter, whatever the method. */
function literalFirst(routes: readonly { readonly path: string }[]): readonly string[] {
  const parameters = (path: string): number => path.split("/:").length;
  const paths = new Set(routes.map(({ path }) => path));
  return [...paths].toSorted((one, other) => parameters(one) - parameters(other));
}

interface Entrance {
  readonly audience: Audience;
  readonly credentials: (c: Context) => Credentials | undefined;
  readonly limiter: Limiter;
}

/**
 * Who calls; undefined on routes for anybody. What is not let in costs the address, what is let in the principal: a stranger
 * cannot use up what is somebody else's.
 * @throws DomainError request.throttled | auth.required | auth.forbidden | auth.throttled
 */
async function identify(
  deps: MountDeps,
  { audience, credentials, limiter: { principals, addresses } }: Entrance,
  { c, access }: { readonly c: Context; readonly access: Access },
): Promise<Principal | undefined> {
  const nowMs = deps.clock.nowMs();
  const address = originatorOf(clientAddress(c));
  if (access === "public" || access === "once") {
    addresses.take(address, nowMs);
    return undefined;
  }
  // Before the look into the table that a guess would cost.
  addresses.check(address, nowMs);
  let principal: Principal;
  try {
    principal = await authenticate(deps, credentials(c), address);
  } catch (error) {
    if (isDomainError(error, "auth.required")) addresses.take(address, nowMs);
    throw error;
  }
  principals.take(principal.id, nowMs);
  requireAudience(principal, audience);
  return principal;
}

/** @throws DomainError auth.forbidden */
const reachFor = (principal: Principal, access: Access): Reach =>
  access === "public" || access === "once" || access === "self"
    ? nowhere
    : reachOf(principal, access);

async function authenticate(
  { authenticator }: MountDeps,
  credentials: Credentials | undefined,
  address: string,
): Promise<Principal> {
  if (!authenticator) throw new DomainError("auth.forbidden", "nobody may call this here");
  switch (credentials?.kind) {
    case "token":
      return authenticator.bearer(credentials.token);
    case "login":
      return authenticator.basic(credentials.login, credentials.password, address);
    case undefined:
      throw new DomainError("auth.required", "no credentials", {
        hint: "send Authorization: Bearer <token> or Basic <login:password>",
      });
  }
}

/** The peer's address: of API Gateway's event on AWS, of the socket on one machine. */
export function clientAddress(c: Context): string {
  const env = c.env as {
    requestContext?: { http?: { sourceIp?: string } };
    incoming?: { socket?: { remoteAddress?: string } };
  } | null;
  return env?.requestContext?.http?.sourceIp ?? env?.incoming?.socket?.remoteAddress ?? "";
}
