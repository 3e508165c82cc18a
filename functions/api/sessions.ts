/** Signing in, staying signed in, and ending it. */
import { DomainError } from "@sightline/contracts/errors";
import { principalOfUser } from "@sightline/core/access/authenticate";
import {
  endSession,
  listSessions,
  refreshSession,
  startSession,
} from "@sightline/core/session/session-operations";
import { actorOf, originatorOf } from "@sightline/core/audit/audit";
import { parameter, principalOf, readBody, type Call, type Route } from "../shared/call.ts";
import { headerCredentials } from "../shared/credentials.ts";
import { clientAddress } from "../shared/mount.ts";
import { pageOf, SessionAnswer, TokenPairAnswer } from "./answers.ts";
import { answerList, pageQuery } from "./list.ts";
import { sessionView, tokenPairView } from "./mapping.ts";
import { NewSession, Refresh } from "./schema.ts";

/** In the body, or as Basic. @throws DomainError auth.required | input.invalid */
async function readLogin(call: Call): Promise<{ login: string; password: string }> {
  if (call.c.req.header("authorization") === undefined) return readBody(call, NewSession);
  const credentials = headerCredentials(call.c);
  if (credentials?.kind === "login") return credentials;
  throw new DomainError("auth.required", "this takes a login and its password", {
    hint: 'send {"login": …, "password": …}, or Authorization: Basic <login:password>',
  });
}

async function start(call: Call): Promise<Response> {
  const { deps, c, recordAs } = call;
  const address = originatorOf(clientAddress(c));
  const { login, password } = await readLogin(call);
  const user = await deps.authenticator.verifyLogin({ login, password, address });
  const { organization } = user;
  const store = recordAs?.({ organization, actor: actorOf(principalOfUser(user)) }) ?? deps.store;
  const pair = await startSession({ ...deps, store }, user, address);
  return c.json(tokenPairView(pair), 201, { location: `/v1/sessions/${pair.session.id}` });
}

async function refresh(call: Call): Promise<Response> {
  const { deps, c, actor, recordAs } = call;
  const address = originatorOf(clientAddress(c));
  const { refreshToken } = await readBody(call, Refresh);
  const refreshed = await refreshSession(deps, { refreshToken, originator: address, recordAs });
  if (refreshed.kind === "refreshed") return c.json(tokenPairView(refreshed), 201);
  const { organization, user, id: session, originator } = refreshed.session;
  const { requestId } = actor;
  deps.log("warn", "a refresh token came a second time, so its session was ended", {
    ...{ requestId, organization, user, session, originator, from: address },
  });
  throw new DomainError("session.reused", "the refresh token was used before", {
    hint: "log in again; if it was not you who used it, change the password",
  });
}

function list(call: Call): Promise<Response> {
  const principal = principalOf(call);
  const { organization, user, session } = principal;
  return answerList(call, {
    query: ["sessions", organization, user],
    read: (page) => listSessions(call.deps, principal, page),
    render: (items) => items.map((item) => sessionView(item, session)),
  });
}

async function end(call: Call, id: string): Promise<Response> {
  await endSession(call.deps, principalOf(call), id);
  return call.c.body(null, 204);
}

const path = "/v1/sessions";

export const sessionRoutes: readonly Route[] = [
  {
    method: "POST",
    path,
    access: "public",
    about: {
      summary: "Logs in, by body or Basic: a short access token, and a refresh token for the next.",
      body: NewSession,
      answers: { 201: TokenPairAnswer },
      errors: ["auth.required", "auth.throttled"],
    },
    handle: start,
  },
  {
    method: "POST",
    path: `${path}/refresh`,
    access: "public",
    about: {
      summary: "The next pair of tokens. A refresh token that comes twice ends its session.",
      body: Refresh,
      answers: { 201: TokenPairAnswer },
      errors: ["auth.required", "session.reused"],
    },
    handle: refresh,
  },
  {
    method: "GET",
    path,
    access: "self",
    about: {
      summary: "Lists one's own sessions, oldest first.",
      query: pageQuery,
      answers: { 200: pageOf("Sessions", SessionAnswer) },
      errors: ["input.invalid", "input.cursor-invalid"],
    },
    handle: list,
  },
  {
    method: "DELETE",
    path: `${path}/current`,
    access: "self",
    about: {
      summary: "Logs out: the session whose access token this is ends.",
      answers: { 204: "nothing" },
      errors: ["session.not-found"],
    },
    handle: (call) => end(call, principalOf(call).session ?? "current"),
  },
  {
    method: "DELETE",
    path: `${path}/:session`,
    access: "self",
    about: {
      summary: "Ends one of one's own sessions; its tokens count no more with the next request.",
      answers: { 204: "nothing" },
      errors: ["session.not-found"],
    },
    handle: (call) => end(call, parameter(call, "session")),
  },
];
