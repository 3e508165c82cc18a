import type { Actor, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { isReached } from "./find.ts";
import type { User } from "./user.ts";

/** Of the index, at a time. */
const rowsRead = 500;

/**
 * Users that the caller reaches, by login. For those of some sites, rows are read until the page is full: an organization has
 * `limits.usersRowsMax` users at most. So neither length nor end of a page tells of anybody else.
 */
export async function listUsers(
  { store }: Pick<Deps, "store">,
  { organization, reach }: Pick<Actor, "organization" | "reach">,
  page: PageRequest,
): Promise<Page<User>> {
  if (reach.sites === "all") return store.users.list(organization, page);
  const found: User[] = [];
  let { after } = page;
  do {
    const request = { rows: rowsRead, ...(after !== undefined && { after }) };
    const { items, next } = await store.users.list(organization, request);
    found.push(...items.filter((user) => isReached(reach, user)));
    after = next;
  } while (after !== undefined && found.length <= page.rows);
  const items = found.slice(0, page.rows);
  const last = items.at(-1);
  return found.length > page.rows && last ? { items, next: last.login } : { items };
}
