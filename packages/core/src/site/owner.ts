import { DomainError } from "@sightline/contracts/errors";
import { sitePermissions, type SiteGrants } from "../access/principal.ts";
import type { Deps } from "../ports/deps.ts";
import type { User } from "../user/user.ts";

/**
 * The owner of a site keeps every permission there: no other grants for them, nor none. To be called between the reading of the user and
 * the write at their revision, which whoever makes them an owner raises.
 * @throws DomainError member.is-owner
 */
export async function requireOwnersGrants(
  { store }: Pick<Deps, "store">,
  { organization, id, sites: before }: Pick<User, "organization" | "id" | "sites">,
  after: SiteGrants,
): Promise<void> {
  const fewer = Object.keys(before).filter(
    (site) => !sitePermissions.every((permission) => after[site]?.includes(permission)),
  );
  const found = await store.sites.getMany(organization, fewer.map(Number));
  const own = found.filter(({ owner }) => owner === id).map(({ name }) => name);
  if (own.length > 0)
    throw new DomainError("member.is-owner", `the user owns ${own.join(", ")}`, {
      hint: "give the site another owner first",
    });
}
