/** Whoever calls: no permission is named, for nothing here is anybody else's. */
import { applyMergePatch } from "@sightline/core/merge-patch";
import { changeOwnPassword, editSelf, showSelf } from "@sightline/core/user/self";
import { SelfAnswer } from "./answers.ts";
import {
  etag,
  ifMatchRevision,
  parseInput,
  principalOf,
  readBody,
  readJson,
  type Call,
  type Route,
} from "../shared/call.ts";
import { clientAddress } from "../shared/mount.ts";
import { selfView } from "./mapping.ts";
import { OwnPassword, SelfDocument } from "./schema.ts";

async function show(call: Call): Promise<Response> {
  const self = await showSelf(call.deps, principalOf(call));
  return call.c.json(selfView(self), 200, { etag: etag(self.user.revision) });
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  await editSelf(call.deps, principalOf(call), {
    edit: (document) => parseInput(SelfDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return show(call);
}

async function password(call: Call): Promise<Response> {
  const address = clientAddress(call.c);
  const input = await readBody(call, OwnPassword);
  await changeOwnPassword(call.deps, principalOf(call), { ...input, address });
  return call.c.body(null, 204);
}

const path = "/v1/self";

export const selfRoutes: readonly Route[] = [
  {
    method: "GET",
    path,
    access: "self",
    about: {
      summary: "Who calls, and what they may; with `token` when it is one.",
      answers: { 200: SelfAnswer },
      errors: ["user.not-found"],
    },
    handle: show,
  },
  {
    method: "PATCH",
    path,
    access: "self",
    about: {
      summary: "Changes what people say of themselves.",
      patch: SelfDocument,
      ifMatch: true,
      answers: { 200: SelfAnswer },
      errors: ["user.not-found", "user.readonly", "user.changed", "user.conflict"],
    },
    handle: patch,
  },
  {
    method: "PUT",
    path: `${path}/password`,
    access: "self",
    about: {
      summary: "Changes one's own password; every session ends at once.",
      body: OwnPassword,
      answers: { 204: "nothing" },
      errors: ["user.not-found", "user.readonly", "user.password-wrong", "user.conflict"],
    },
    handle: password,
  },
];
