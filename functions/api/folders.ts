import { applyMergePatch } from "@sightline/core/merge-patch";
import {
  createFolder,
  deleteFolder,
  editFolder,
  listFolders,
  showFolder,
} from "@sightline/core/folder/folder-operations";
import { findFolder } from "@sightline/core/folder/find";
import type { Folder } from "@sightline/core/folder/folder";
import {
  etag,
  ifMatchRevision,
  parameter,
  parseInput,
  readBody,
  readJson,
  type Call,
  type Route,
} from "../shared/call.ts";
import { FolderAnswer, pageOf } from "./answers.ts";
import { answerList, siteFilter, siteQuery } from "./list.ts";
import { folderView } from "./mapping.ts";
import { FolderDocument, NewFolder } from "./schema.ts";

async function answer({ deps, c }: Call, folder: Folder, status: 200 | 201 = 200) {
  const shown = await showFolder(deps, folder);
  return c.json(folderView(shown), status, { etag: etag(folder.revision) });
}

/** Not a number for what is no id. */
function idOf(call: Call): number {
  const text = parameter(call, "folder");
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN;
}

async function create(call: Call): Promise<Response> {
  const folder = await createFolder(call.deps, call.actor, await readBody(call, NewFolder));
  call.c.header("location", `/v1/folders/${folder.id}`);
  return answer(call, folder, 201);
}

async function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const filter = await siteFilter(call);
  return answerList(call, {
    query: ["folders", actor.organization, filter.site],
    read: (page) => listFolders(deps, actor, { ...page, ...filter }),
    render: (items) => items.map(folderView),
  });
}

async function get(call: Call): Promise<Response> {
  return answer(call, await findFolder(call.deps, call.actor, idOf(call)));
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  const folder = await editFolder(call.deps, call.actor, {
    folder: idOf(call),
    edit: (document) => parseInput(FolderDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return answer(call, folder);
}

async function remove(call: Call): Promise<Response> {
  await deleteFolder(call.deps, call.actor, {
    folder: idOf(call),
    ifRevision: ifMatchRevision(call),
  });
  return call.c.body(null, 204);
}

export const folderRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/folders",
    access: "streams:write",
    about: {
      summary: "Adds a folder, for streams of one site.",
      body: NewFolder,
      answers: { 201: FolderAnswer },
      errors: [
        "site.not-found",
        "folder.not-found",
        "folder.too-deep",
        "folder.limit-reached",
        "folder.conflict",
      ],
    },
    handle: create,
  },
  {
    method: "GET",
    path: "/v1/folders",
    access: "sites:read",
    about: {
      summary: "Lists folders by number.",
      query: siteQuery,
      answers: { 200: pageOf("Folders", FolderAnswer) },
      errors: ["input.invalid", "input.cursor-invalid", "site.not-found"],
    },
    handle: list,
  },
  {
    method: "GET",
    path: "/v1/folders/:folder",
    access: "sites:read",
    about: {
      summary: "One folder.",
      answers: { 200: FolderAnswer },
      errors: ["folder.not-found"],
    },
    handle: get,
  },
  {
    method: "PATCH",
    path: "/v1/folders/:folder",
    access: "streams:write",
    about: {
      summary: "Renames a folder, or puts it elsewhere within its site.",
      patch: FolderDocument,
      ifMatch: true,
      answers: { 200: FolderAnswer },
      errors: [
        "folder.not-found",
        "folder.changed",
        "folder.in-itself",
        "folder.too-deep",
        "folder.conflict",
      ],
    },
    handle: patch,
  },
  {
    method: "DELETE",
    path: "/v1/folders/:folder",
    access: "streams:write",
    about: {
      summary: "Removes a folder that nothing is in.",
      ifMatch: true,
      answers: { 204: "nothing" },
      errors: [
        "folder.not-found",
        "input.invalid",
        "folder.changed",
        "folder.not-empty",
        "folder.conflict",
      ],
    },
    handle: remove,
  },
];
