import { applyMergePatch } from "@sightline/core/merge-patch";
import { findUser, withinReach } from "@sightline/core/user/find";
import { listUsers } from "@sightline/core/user/user-list";
import {
  createUser,
  deleteUser,
  editUser,
  setPassword,
} from "@sightline/core/user/user-operations";
import type { User } from "@sightline/core/user/user";
import { pageOf, UserAnswer } from "./answers.ts";
import {
  callerOf,
  etag,
  ifMatchRevision,
  parameter,
  parseInput,
  readBody,
  readJson,
  type Call,
  type Route,
} from "../shared/call.ts";
import { answerList, pageQuery } from "./list.ts";
import { userView } from "./mapping.ts";
import { NewPassword, NewUser, UserDocument } from "./schema.ts";

const view = ({ actor }: Call, user: User) => userView(withinReach(actor.reach, user));

const answer = (call: Call, user: User, status: 200 | 201 = 200): Response =>
  call.c.json(view(call, user), status, { etag: etag(user.revision) });

async function create(call: Call): Promise<Response> {
  const user = await createUser(call.deps, callerOf(call), await readBody(call, NewUser));
  call.c.header("location", `/v1/users/${user.id}`);
  return answer(call, user, 201);
}

function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  return answerList(call, {
    query: ["users", actor.organization],
    read: (page) => listUsers(deps, actor, page),
    render: (items) => items.map((user) => view(call, user)),
  });
}

async function get(call: Call): Promise<Response> {
  return answer(call, await findUser(call.deps, call.actor, parameter(call, "user")));
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  const user = await editUser(call.deps, callerOf(call), {
    user: parameter(call, "user"),
    edit: (document) => parseInput(UserDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return answer(call, user);
}

async function password(call: Call): Promise<Response> {
  const { password: text } = await readBody(call, NewPassword);
  const user = parameter(call, "user");
  await setPassword(call.deps, callerOf(call), { user, password: text });
  return call.c.body(null, 204);
}

async function remove(call: Call): Promise<Response> {
  const user = parameter(call, "user");
  await deleteUser(call.deps, callerOf(call), { user, ifRevision: ifMatchRevision(call) });
  return call.c.body(null, 204);
}

const collection = "/v1/users";
const changing = ["user.not-found", "user.readonly", "user.conflict"] as const;

export const userRoutes: readonly Route[] = [
  {
    method: "POST",
    path: collection,
    access: "users:write",
    about: {
      summary: "Adds a user who may no more than who adds them.",
      body: NewUser,
      answers: { 201: UserAnswer },
      errors: ["site.not-found", "user.login-taken", "user.limit"],
    },
    handle: create,
  },
  {
    method: "GET",
    path: collection,
    access: "users:read",
    about: {
      summary: "Lists users by login; all, or those with a permission on a site of the caller's.",
      query: pageQuery,
      answers: { 200: pageOf("Users", UserAnswer) },
      errors: ["input.invalid", "input.cursor-invalid"],
    },
    handle: list,
  },
  {
    method: "GET",
    path: `${collection}/:user`,
    access: "users:read",
    about: {
      summary: "One user, by number or login.",
      answers: { 200: UserAnswer },
      errors: ["user.not-found"],
    },
    handle: get,
  },
  {
    method: "PATCH",
    path: `${collection}/:user`,
    access: "users:write",
    about: {
      summary: "Changes a user, and what they may.",
      patch: UserDocument,
      ifMatch: true,
      answers: { 200: UserAnswer },
      errors: [...changing, "user.changed", "user.last-admin", "member.is-owner", "site.not-found"],
    },
    handle: patch,
  },
  {
    method: "DELETE",
    path: `${collection}/:user`,
    access: "users:write",
    about: {
      summary: "Removes a user; their sessions and tokens end at once.",
      ifMatch: true,
      answers: { 204: "nothing" },
      errors: [...changing, "user.changed", "user.last-admin", "member.is-owner"],
    },
    handle: remove,
  },
  {
    method: "PUT",
    path: `${collection}/:user/password`,
    access: "users:write",
    about: {
      summary: "Gives another user a new password; their sessions end at once.",
      body: NewPassword,
      answers: { 204: "nothing" },
      errors: [...changing],
    },
    handle: password,
  },
];
