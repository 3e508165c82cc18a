import { issueToken, revokeToken } from "@sightline/core/access/tokens";
import { IssuedTokenAnswer, pageOf, TokenAnswer } from "./answers.ts";
import { parameter, principalOf, readBody, type Call, type Route } from "../shared/call.ts";
import { answerList, pageQuery } from "./list.ts";
import { tokenView } from "./mapping.ts";
import { NewToken } from "./schema.ts";

async function issue(call: Call): Promise<Response> {
  const input = await readBody(call, NewToken);
  const caller = { principal: principalOf(call), actor: call.actor };
  const { token, text } = await issueToken(call.deps, caller, input);
  return call.c.json({ ...tokenView(token), token: text }, 201);
}

async function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  return answerList(call, {
    query: ["tokens", actor.organization],
    read: (page) => deps.store.tokens.list(actor.organization, page),
    render: (items) => items.map(tokenView),
  });
}

async function revoke(call: Call): Promise<Response> {
  await revokeToken(call.deps, call.actor.organization, parameter(call, "token"));
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
        "Makes a token, which is shown this once; with `device` for its DeepStream API only.",
      body: NewToken,
      answers: { 201: IssuedTokenAnswer },
      errors: ["device.not-found"],
    },
    handle: issue,
  },
  {
    method: "GET",
    path: collection,
    access: "tokens:read",
    about: {
      summary: "Lists tokens, oldest first.",
      query: pageQuery,
      answers: { 200: pageOf("Tokens", TokenAnswer) },
      errors: ["input.invalid", "input.cursor-invalid"],
    },
    handle: list,
  },
  {
    method: "DELETE",
    path: `${collection}/:token`,
    access: "tokens:write",
    about: {
      summary: "Revokes a token.",
      answers: { 204: "nothing" },
      errors: ["token.not-found"],
    },
    handle: revoke,
  },
];
