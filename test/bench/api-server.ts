/**
 * Answers `GET /v1/streams/{id}` in a process of its own: `api` with the whole API, `bare` with node:http and nothing but the same
 * four reads of the store. Prints its port.
 */
import { createHash } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { getRequestListener } from "@hono/node-server";
import { createSessionTokens } from "@sightline/core/session/session-tokens";
import { createAuthenticator } from "@sightline/core/access/authenticate";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { systemClock } from "@sightline/core/adapters/system-clock";
import { createApp } from "@sightline/functions/http/app";
import type { HttpDeps } from "@sightline/functions/shared/call";
import { createStore } from "@sightline/store/store";

const [mode, state = "", telemetry = ""] = process.argv.slice(2);
const client = new DynamoDBClient({
  region: "local",
  credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "bench" },
});
const store = createStore({ client, tables: { state, telemetry } });

const bare: RequestListener = (request, response) => {
  const token = (request.headers.authorization ?? "").slice("Bearer ".length);
  const id = (request.url ?? "").slice("/v1/streams/".length);
  void (async () => {
    const hash = createHash("sha256").update(token).digest("hex");
    const found = await store.tokens.find(hash);
    if (!found) return response.writeHead(401).end();
    await store.users.get(found.organization, found.user);
    const stream = await store.streams.get(found.organization, id);
    const report = await store.streams.getReport(found.organization, id);
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify({ ...stream, report }));
  })();
};

/** The limiter counts as ever, and never refuses: one token asks faster than any client may. */
const endless = { perSecond: 1e9, burst: 1e9 };

/** The route reads; whatever writes is not there. */
function api(): RequestListener {
  const clock = systemClock;
  const deps = {
    store,
    clock,
    ids: createRandomIds(clock),
    authenticator: createAuthenticator({
      store,
      clock,
      sessionTokens: createSessionTokens(Buffer.alloc(32)),
    }),
    log: () => undefined,
    version: "0.0.0",
    rates: { principal: endless, address: endless },
  } as unknown as HttpDeps;
  const app = createApp(deps);
  const listener = getRequestListener((request, env) => app.fetch(request, env));
  return (request, response) => void listener(request, response);
}

const server = createServer(mode === "api" ? api() : bare);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit(0));
