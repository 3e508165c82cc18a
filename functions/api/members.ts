/** Who may what at a site. */
import { listMembers, removeMember, setMember } from "@sightline/core/site/member";
import { callerOf, parameter, readBody, type Call, type Route } from "../shared/call.ts";
import { MemberAnswer, pageOf } from "./answers.ts";
import { answerList, pageQuery } from "./list.ts";
import { memberView } from "./mapping.ts";
import { NewMember } from "./schema.ts";

const keyOf = (call: Call): { readonly site: string; readonly user: string } => ({
  site: parameter(call, "site"),
  user: parameter(call, "user"),
});

function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const { site } = keyOf(call);
  return answerList(call, {
    query: ["members", actor.organization, site],
    read: (page) => listMembers(deps, actor, { ...page, site }),
    render: (items) => items.map(memberView),
  });
}

async function put(call: Call): Promise<Response> {
  const { permissions } = await readBody(call, NewMember);
  const member = await setMember(call.deps, callerOf(call), { ...keyOf(call), permissions });
  return call.c.json(memberView(member));
}

async function remove(call: Call): Promise<Response> {
  await removeMember(call.deps, callerOf(call), keyOf(call));
  return call.c.body(null, 204);
}

const collection = "/v1/sites/:site/members";

export const memberRoutes: readonly Route[] = [
  {
    method: "GET",
    path: collection,
    access: "users:read",
    about: {
      summary: "Lists who may what at a site, by login.",
      query: pageQuery,
      answers: { 200: pageOf("Members", MemberAnswer) },
      errors: ["input.invalid", "input.cursor-invalid", "site.not-found"],
    },
    handle: list,
  },
  {
    method: "PUT",
    path: `${collection}/:user`,
    access: "users:write",
    about: {
      summary: "Gives a user these permissions on a site, in place of others there.",
      body: NewMember,
      answers: { 200: MemberAnswer },
      errors: ["site.not-found", "user.not-found", "member.is-owner", "user.conflict"],
    },
    handle: put,
  },
  {
    method: "DELETE",
    path: `${collection}/:user`,
    access: "users:write",
    about: {
      summary: "Takes a user's permissions on a site away.",
      answers: { 204: "nothing" },
      errors: [
        "site.not-found",
        "user.not-found",
        "member.not-found",
        "member.is-owner",
        "user.conflict",
      ],
    },
    handle: remove,
  },
];
