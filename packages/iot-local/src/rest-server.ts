/** The HTTP face, for the AWS SDK: control plane and data plane on one port of this machine's loopback. */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AwsError } from "./aws-error.ts";
import { type RestCertificatesDeps, routeCertificates } from "./rest-certificates.ts";
import { type RestMessagesDeps, routeMessages } from "./rest-messages.ts";
import { type RestPoliciesDeps, routePolicies } from "./rest-policies.ts";
import { checkSignature, type Credentials } from "./rest-signature.ts";
import { type RestThingsDeps, routeThings } from "./rest-things.ts";
import type { Log } from "./rule-runner.ts";

export interface RestDeps
  extends RestThingsDeps, RestCertificatesDeps, RestPoliciesDeps, RestMessagesDeps {
  readonly credentials: Credentials;
  /** What DescribeEndpoint answers: host and port of the MQTT listener. */
  readonly endpoint: () => string;
  readonly log: Log;
}

/** No request of ours is larger; beyond it nothing is read. */
const bodyBytesMax = 1024 * 1024;

export function createRestApp(deps: RestDeps): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (!(error instanceof AwsError)) deps.log("error", `${context.req.path}: ${String(error)}`);
    const known =
      error instanceof AwsError
        ? error
        : new AwsError(500, "InternalFailureException", "An unexpected error has occurred.");
    context.header("x-amzn-errortype", known.type);
    return context.json({ message: known.message }, known.status as 400);
  });
  app.notFound((context) => {
    context.header("x-amzn-errortype", "UnknownOperationException");
    const message = `${context.req.method} ${context.req.path} is not offered here`;
    return context.json({ message }, 404);
  });
  app.use(
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: () => {
        throw new AwsError(413, "RequestEntityTooLargeException", "the request is too large");
      },
    }),
  );
  app.use(async (context, next) => {
    const { pathname, search } = new URL(context.req.url);
    const body = new Uint8Array(await context.req.arrayBuffer());
    const { headers } = context.req.raw;
    const request = { method: context.req.method, path: pathname, query: search, headers, body };
    checkSignature(request, deps.credentials);
    await next();
  });
  app.get("/endpoint", (context) => context.json({ endpointAddress: deps.endpoint() }));
  routeThings(app, deps);
  routeCertificates(app, deps);
  routePolicies(app, deps);
  routeMessages(app, deps);
  return app;
}

/** Listens on the loopback only: whoever holds the access key may do everything. */
export async function startRestServer(app: Hono, port: number): Promise<Server> {
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}
