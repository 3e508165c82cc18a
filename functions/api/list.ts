/** Lists in pages: `?limit=`, `?cursor=`, and `next` while there is more. */
import { limits } from "@sightline/contracts/limits";
import * as z from "zod";
import type { Page, PageRequest } from "@sightline/core/ports/page";
import { findSite } from "@sightline/core/site/find";
import { principalOf, type Call } from "../shared/call.ts";
import { makeCursor, readPage } from "../shared/cursor.ts";

/** Of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(limits.pageRowsMax).optional(),
  cursor: z.string().optional(),
};

/** Of lists that one site can be picked from. */
export const siteQuery = { ...pageQuery, site: z.string().optional() };

interface List<T> {
  /** Everything that makes it this query and no other, apart from the page. */
  readonly query: readonly unknown[];
  readonly read: (page: PageRequest) => Promise<Page<T>>;
  readonly render: (items: readonly T[]) => readonly unknown[] | Promise<readonly unknown[]>;
}

/** @throws DomainError input.cursor-invalid | input.invalid */
export async function answerList<T>(
  call: Call,
  { read, render, ...list }: List<T>,
): Promise<Response> {
  const { c } = call;
  // Nobody goes on where somebody else has stopped, of whatever organization: what each of them sees can differ.
  const query = [principalOf(call).id, ...list.query];
  const page = readPage(query, { cursor: c.req.query("cursor"), limit: c.req.query("limit") });
  const { items, next } = await read(page);
  const rendered = await render(items);
  return c.json({ items: rendered, ...(next !== undefined && { next: makeCursor(query, next) }) });
}

/** The id of the site that `?site=` names by id or name. @throws DomainError site.not-found */
export async function siteFilter({ deps, c, actor }: Call): Promise<{ readonly site?: number }> {
  const key = c.req.query("site");
  return key === undefined ? {} : { site: (await findSite(deps, actor, key)).id };
}
