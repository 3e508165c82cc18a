/** Who may what at a site. The truth is the row of each user: `sites` there. */
import type { Deps } from "../ports/deps.ts";
import type { User } from "../user/user.ts";
import type { Site } from "./site.ts";

type MemberDeps = Pick<Deps, "store" | "clock">;

/** Of the index, at a time. */
const rowsRead = 500;

async function* membersOf(
  { store }: Pick<Deps, "store">,
  { organization, id }: Pick<Site, "organization" | "id">,
): AsyncGenerator<User> {
  let after: string | undefined;
  do {
    const page = { rows: rowsRead, ...(after !== undefined && { after }) };
    const { items, next } = await store.users.list(organization, page);
    yield* items.filter(({ sites }) => Object.hasOwn(sites, String(id)));
    after = next;
  } while (after !== undefined);
}

/** What they may at a site that is gone. What is missed lets nobody in: the number of a site is never given again. */
export async function forgetSite(deps: MemberDeps, site: Site): Promise<void> {
  for await (const user of membersOf(deps, site)) {
    const { [site.id]: _, ...sites } = user.sites;
    const updatedAtMs = deps.clock.nowMs();
    await deps.store.users.change({ ...user, sites, revision: user.revision + 1, updatedAtMs });
  }
}
