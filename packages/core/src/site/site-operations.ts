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
  // Before a number is drawn for it; of two at once, one draws in vain.
  if (await deps.store.sites.findByName(actor.organization, input.name))
    throw new DomainError("site.name-taken", `another site is named ${input.name}`);
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
