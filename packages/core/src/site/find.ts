import { DomainError } from "@sightline/contracts/errors";
import { canBeKey } from "../key.ts";
import { requireSite } from "../access/reach.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Site } from "./site.ts";

/** A site by its integer id or its name. @throws DomainError site.not-found | auth.forbidden */
export async function findSite(
  deps: Pick<Deps, "store">,
  { organization, reach }: Pick<Actor, "organization" | "reach">,
  key: number | string,
): Promise<Site> {
  const { sites } = deps.store;
  const id = typeof key === "number" ? key : /^[1-9]\d{0,8}$/.test(key) ? Number(key) : undefined;
  const site =
    id !== undefined
      ? await sites.get(organization, id)
      : canBeKey(String(key))
        ? await sites.findByName(organization, String(key))
        : undefined;
  const missing = (): DomainError => new DomainError("site.not-found", `there is no site ${key}`);
  if (!site) throw missing();
  requireSite(reach, site.id, missing);
  return site;
}
