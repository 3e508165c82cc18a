import { findSite } from "@sightline/core/site/find";
import { createSite } from "@sightline/core/site/site-operations";
import { makeCursor, readPage } from "../shared/cursor.ts";
import { parameter, readBody, type Call, type Route } from "../shared/call.ts";
import { siteView } from "./mapping.ts";
import { NewSite } from "./schema.ts";

async function create(call: Call): Promise<Response> {
  const site = await createSite(call.deps, call.actor, await readBody(call, NewSite));
  return call.c.json(siteView(site), 201, { location: `/v1/sites/${site.id}` });
}

async function list(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  const query = ["sites", actor.organization];
  const page = readPage(query, { cursor: c.req.query("cursor"), limit: c.req.query("limit") });
  const { items, next } = await deps.store.sites.list(actor.organization, page);
  return c.json({
    items: items.map(siteView),
    ...(next !== undefined && { next: makeCursor(query, next) }),
  });
}

async function get(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  return c.json(siteView(await findSite(deps, actor.organization, parameter(call, "site"))));
}

export const siteRoutes: readonly Route[] = [
  { method: "POST", path: "/v1/sites", access: "sites:write", handle: create },
  { method: "GET", path: "/v1/sites", access: "sites:read", handle: list },
  { method: "GET", path: "/v1/sites/:site", access: "sites:read", handle: get },
];
