import {
  issueToken,
  listTokens,
  revokeToken,
  rotateToken,
} from "@sightline/core/token/token-operations";
import * as z from "zod";
import { IssuedTokenAnswer, pageOf, TokenAnswer } from "./answers.ts";
import { callerOf, parameter, readBody, type Call, type Route } from "../shared/call.ts";
import { answerList, pageQuery } from "./list.ts";
import { tokenView } from "./mapping.ts";
import { NewToken } from "./schema.ts";

async function issue(call: Call): Promise<Response> {
  const input = await readBody(call, NewToken);
  const { token, text } = await issueToken(call.deps, callerOf(call), input);
  return call.c.json({ ...tokenView(token), token: text }, 201);
}

function list(call: Call): Promise<Response> {
  const { deps, c, principal } = call;
  const user = c.req.query("user");
  return answerList(call, {
    query: ["tokens", principal?.organization, principal?.user, user],
    read: (page) => listTokens(deps, callerOf(call), { ...page, user }),
    render: (items) => items.map(tokenView),
  });
}

async function rotate(call: Call): Promise<Response> {
  const { token, text } = await rotateToken(call.deps, callerOf(call), parameter(call, "token"));
  return call.c.json({ ...tokenView(token), token: text }, 201);
}

async function revoke(call: Call): Promise<Response> {
  await revokeToken(call.deps, callerOf(call), parameter(call, "token"));
  return call.c.body(null, 204);
}

const collection = "/v1/tokens";

export const tokenRoutes: readonly Route[] = [
  {
    method: "POST",
    path: collection,
    access: "tokens:write",
    about: {
      summary:
        "Makes a token of the caller's, which is shown this once; it may no more than who makes it.",
      body: NewToken,
      answers: { 201: IssuedTokenAnswer },
      errors: ["device.not-found", "site.not-found"],
    },
    handle: issue,
  },
  {
    method: "GET",
    path: collection,
    access: "tokens:read",
    about: {
      summary:
        "Lists one's own tokens, oldest first; to an admin everybody's, or those of a `user`.",
      query: { ...pageQuery, user: z.string().optional() },
      answers: { 200: pageOf("Tokens", TokenAnswer) },
      errors: ["input.invalid", "input.cursor-invalid", "user.not-found"],
    },
    handle: list,
  },
  {
    method: "POST",
    path: `${collection}/:token/rotate`,
    access: "tokens:write",
    about: {
      summary: "Gives one's own token a new text, shown this once; the old one ends at once.",
      answers: { 201: IssuedTokenAnswer },
      errors: ["token.not-found"],
    },
    handle: rotate,
  },
  {
    method: "DELETE",
    path: `${collection}/:token`,
    access: "tokens:write",
    about: {
      summary: "Revokes one's own token; an admin, any.",
      answers: { 204: "nothing" },
      errors: ["token.not-found"],
    },
    handle: revoke,
  },
];
