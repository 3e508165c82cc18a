import { SiteAnswer, pageOf } from "./answers.ts";
import { findSite } from "@sightline/core/site/find";
import { createSite } from "@sightline/core/site/site-operations";
import { parameter, readBody, type Call, type Route } from "../shared/call.ts";
import { answerList, pageQuery } from "./list.ts";
import { siteView } from "./mapping.ts";
import { NewSite } from "./schema.ts";

async function create(call: Call): Promise<Response> {
  const site = await createSite(call.deps, call.actor, await readBody(call, NewSite));
  return call.c.json(siteView(site), 201, { location: `/v1/sites/${site.id}` });
}

function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const { organization } = actor;
  return answerList(call, {
    query: ["sites", organization],
    read: (page) => deps.store.sites.list(organization, page),
    render: (items) => items.map(siteView),
  });
}

async function get(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  return c.json(siteView(await findSite(deps, actor, parameter(call, "site"))));
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
];
