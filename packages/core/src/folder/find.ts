import { DomainError } from "@sightline/contracts/errors";
import { requireSite } from "../access/reach.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Folder } from "./folder.ts";

/** @throws DomainError folder.not-found | auth.forbidden */
export async function findFolder(
  deps: Pick<Deps, "store">,
  { organization, reach }: Pick<Actor, "organization" | "reach">,
  id: number,
): Promise<Folder> {
  const folder = Number.isNaN(id) ? undefined : await deps.store.folders.get(organization, id);
  const missing = (): DomainError =>
    new DomainError("folder.not-found", `there is no folder ${id}`);
  if (!folder) throw missing();
  requireSite(reach, folder.site, missing);
  return folder;
}

/** For what is at a site: a folder of another one does not do. @throws DomainError folder.not-found | input.invalid | auth.forbidden */
export async function findFolderAt(
  deps: Pick<Deps, "store">,
  actor: Pick<Actor, "organization" | "reach">,
  { id, site }: { readonly id: number; readonly site: number },
): Promise<Folder> {
  const folder = await findFolder(deps, actor, id);
  if (folder.site === site) return folder;
  throw new DomainError("input.invalid", "the folder is at another site", {
    hint: "choose a folder of the site, or none",
  });
}
