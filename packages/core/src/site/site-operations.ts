import { DomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Site } from "./site.ts";

/** @throws DomainError site.name-taken | input.invalid */
export async function createSite(
  deps: Pick<Deps, "store" | "clock">,
  actor: Actor,
  input: { readonly name: string; readonly title?: string | undefined },
): Promise<Site> {
  if (/^\d+$/.test(input.name))
    throw new DomainError("input.invalid", "a site's name must not be a number", {
      hint: "numbers are ids: add a letter",
    });
  const site: Site = {
    organization: actor.organization,
    id: await deps.store.organizations.count(actor.organization, "site"),
    name: input.name,
    title: input.title ?? "",
    createdAtMs: deps.clock.nowMs(),
  };
  await deps.store.sites.create(site);
  return site;
}
