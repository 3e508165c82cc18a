import { SiteAnswer, pageOf } from "./answers.ts";
import { findSite } from "@sightline/core/site/find";
import { applyMergePatch } from "@sightline/core/merge-patch";
import type { Site } from "@sightline/core/site/site";
import { createSite, deleteSite, editSite, listSites } from "@sightline/core/site/site-operations";
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
import { siteView } from "./mapping.ts";
import { NewSite, SiteDocument } from "./schema.ts";

const answer = ({ c }: Call, site: Site, status: 200 | 201 = 200): Response =>
  c.json(siteView(site), status, { etag: etag(site.revision) });

async function create(call: Call): Promise<Response> {
  const site = await createSite(call.deps, call.actor, await readBody(call, NewSite));
  call.c.header("location", `/v1/sites/${site.id}`);
  return answer(call, site, 201);
}

function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const { organization } = actor;
  return answerList(call, {
    query: ["sites", organization],
    read: (page) => listSites(deps, actor, page),
    render: (items) => items.map(siteView),
  });
}

async function get(call: Call): Promise<Response> {
  return answer(call, await findSite(call.deps, call.actor, parameter(call, "site")));
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  const site = await editSite(call.deps, callerOf(call), {
    site: parameter(call, "site"),
    edit: (document) => parseInput(SiteDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return answer(call, site);
}

async function remove(call: Call): Promise<Response> {
  await deleteSite(call.deps, call.actor, {
    site: parameter(call, "site"),
    ifRevision: ifMatchRevision(call),
  });
  return call.c.body(null, 204);
}

export const siteRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/sites",
    access: "sites:write",
    about: {
      summary: "Adds a site.",
      body: NewSite,
      answers: { 201: SiteAnswer },
      errors: ["site.name-taken"],
    },
    handle: create,
  },
  {
    method: "GET",
    path: "/v1/sites",
    access: "sites:read",
    about: {
      summary: "Lists sites by name.",
      query: pageQuery,
      answers: { 200: pageOf("Sites", SiteAnswer) },
      errors: ["input.invalid", "input.cursor-invalid"],
    },
    handle: list,
  },
  {
    method: "GET",
    path: "/v1/sites/:site",
    access: "sites:read",
    about: {
      summary: "One site, by number or name.",
      answers: { 200: SiteAnswer },
      errors: ["site.not-found"],
    },
    handle: get,
  },
  {
    method: "PATCH",
    path: "/v1/sites/:site",
    access: "sites:write",
    about: {
      summary:
        "Changes title and owner of a site; the owner becomes a member with every permission.",
      patch: SiteDocument,
      ifMatch: true,
      answers: { 200: SiteAnswer },
      errors: ["site.not-found", "user.not-found", "site.changed", "site.conflict"],
    },
    handle: patch,
  },
  {
    method: "DELETE",
    path: "/v1/sites/:site",
    access: "sites:write",
    about: {
      summary: "Removes a site where nothing is.",
      ifMatch: true,
      answers: { 204: "nothing" },
      errors: [
        "site.not-found",
        "input.invalid",
        "site.changed",
        "site.not-empty",
        "site.conflict",
      ],
    },
    handle: remove,
  },
];
