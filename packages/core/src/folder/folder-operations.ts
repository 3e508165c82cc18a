import { canonicalJson } from "@sightline/contracts/canonical-json";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { listedSites, requireNoDevice } from "../access/reach.ts";
import { pageOfAll } from "../page.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { findSite } from "../site/find.ts";
import { findFolder, findFolderAt } from "./find.ts";
import { heightOf, pathOf, pathText, type Folder, type FolderTree } from "./folder.ts";

type FolderDeps = Pick<Deps, "store" | "clock">;

export interface ShownFolder extends Folder {
  /** Titles of those above it and its own, with `/` between them. */
  readonly path: string;
}

const shownIn = (tree: FolderTree, folder: Folder): ShownFolder => ({
  ...folder,
  path: pathText(pathOf(tree, folder.id)),
});

/** One folder as lists show it. */
export const showFolder = async (
  { store }: Pick<Deps, "store">,
  folder: Folder,
): Promise<ShownFolder> => shownIn(await store.folders.tree(folder.organization), folder);

/** By number: those within reach; of one reached site when given. */
export async function listFolders(
  deps: Pick<Deps, "store">,
  { organization, reach }: Actor,
  { site, ...page }: PageRequest & { readonly site?: number | undefined },
): Promise<Page<ShownFolder>> {
  const { sites } = listedSites(reach, site);
  const tree = await deps.store.folders.tree(organization);
  const listed = tree.folders.filter((folder) => sites?.includes(folder.site) ?? true);
  const shown = listed.map((folder) => shownIn(tree, folder));
  return pageOfAll(shown, page, ({ id }) => String(id).padStart(9, "0"));
}

export interface NewFolder {
  readonly title: string;
  /** Site id or name; that of the parent when absent. */
  readonly site?: number | string | undefined;
  readonly parent?: number | null | undefined;
}

const tries = 5;

/** @throws DomainError site.not-found | folder.not-found | folder.limit-reached | folder.too-deep | folder.conflict | input.invalid */
export async function createFolder(
  deps: FolderDeps,
  actor: Actor,
  input: NewFolder,
): Promise<Folder> {
  requireNoDevice(actor.reach);
  const { organization } = actor;
  const { site, parent } = await findPlace(deps, actor, input);
  const nowMs = deps.clock.nowMs();
  let id: number | undefined;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const tree = await deps.store.folders.tree(organization);
    if (tree.folders.length >= limits.foldersRowsMax)
      throw new DomainError("folder.limit-reached", `there are ${limits.foldersRowsMax} folders`);
    checkParent(tree, { parent, levels: 1 });
    // Not before it is to be written: numbers are not given back.
    id ??= await deps.store.organizations.count(organization, "folder");
    const folder: Folder = {
      ...{ organization, id, site, title: input.title },
      ...(parent !== undefined && { parent }),
      ...{ revision: 1, createdAtMs: nowMs, updatedAtMs: nowMs },
    };
    if (await deps.store.folders.create(folder, tree.version)) return folder;
  }
  throw conflict();
}

async function findPlace(
  deps: FolderDeps,
  actor: Actor,
  { site, parent }: NewFolder,
): Promise<{ readonly site: number; readonly parent: number | undefined }> {
  const given = site === undefined ? undefined : (await findSite(deps, actor, site)).id;
  if (typeof parent !== "number") {
    if (given === undefined)
      throw new DomainError("input.invalid", "a folder needs a site or a parent");
    return { site: given, parent: undefined };
  }
  const found =
    given === undefined
      ? await findFolder(deps, actor, parent)
      : await findFolderAt(deps, actor, { id: parent, site: given });
  return { site: found.site, parent };
}

/** What people see and change of a folder. */
export interface FolderDocument {
  readonly title: string;
  /** Null: at the top of its site. */
  readonly parent: number | null;
}

export const folderDocument = ({ title, parent }: Folder): FolderDocument => ({
  title,
  parent: parent ?? null,
});

export interface FolderEdit {
  readonly folder: number;
  readonly edit: (document: FolderDocument) => FolderDocument;
  readonly ifRevision?: number | undefined;
}

/**
 * Renames a folder, or puts it elsewhere within its site.
 * @throws DomainError folder.not-found | folder.changed (If-Match) | folder.in-itself | folder.too-deep | folder.conflict |
 *   input.invalid
 */
export async function editFolder(
  deps: FolderDeps,
  actor: Actor,
  request: FolderEdit,
): Promise<Folder> {
  requireNoDevice(actor.reach);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await findUnchanged(deps, actor, request);
    const { organization, id, site } = before;
    const document = request.edit(folderDocument(before));
    if (canonicalJson(document) === canonicalJson(folderDocument(before))) return before;
    const parent = document.parent ?? undefined;
    let version: number | undefined;
    if (parent !== before.parent) {
      if (parent !== undefined) await findFolderAt(deps, actor, { id: parent, site });
      const tree = await deps.store.folders.tree(organization);
      if (pathOf(tree, parent).some((folder) => folder.id === id))
        throw new DomainError("folder.in-itself", "the new parent is the folder, or below it");
      checkParent(tree, { parent, levels: heightOf(tree, id) });
      version = tree.version;
    }
    const { parent: _, ...rest } = before;
    const next: Folder = {
      ...rest,
      title: document.title,
      ...(parent !== undefined && { parent }),
      revision: before.revision + 1,
      updatedAtMs: deps.clock.nowMs(),
    };
    if (await deps.store.folders.change(next, version)) return next;
  }
  throw conflict();
}

/** @throws DomainError folder.not-found | folder.changed (If-Match) | folder.not-empty | folder.conflict */
export async function deleteFolder(
  deps: FolderDeps,
  actor: Actor,
  request: Omit<FolderEdit, "edit">,
): Promise<void> {
  requireNoDevice(actor.reach);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const folder = await findUnchanged(deps, actor, request);
    const { folders, version } = await deps.store.folders.tree(actor.organization);
    if (folders.some(({ parent }) => parent === folder.id))
      throw new DomainError("folder.not-empty", "folders are in the folder", {
        hint: "move or delete them first",
      });
    if (await deps.store.folders.delete(folder, version)) return;
  }
  throw conflict();
}

async function findUnchanged(
  deps: FolderDeps,
  actor: Actor,
  { folder: id, ifRevision }: Omit<FolderEdit, "edit">,
): Promise<Folder> {
  const folder = await findFolder(deps, actor, id);
  if (ifRevision !== undefined && ifRevision !== folder.revision)
    throw new DomainError("folder.changed", `the folder has revision ${folder.revision}`, {
      hint: "get the folder, apply the change again, and send its ETag",
    });
  return folder;
}

/** @throws DomainError folder.not-found when it is gone meanwhile | folder.too-deep */
function checkParent(
  tree: FolderTree,
  { parent, levels }: { readonly parent: number | undefined; readonly levels: number },
): void {
  const above = pathOf(tree, parent);
  if (parent !== undefined && above.length === 0)
    throw new DomainError("folder.not-found", `there is no folder ${parent}`);
  if (above.length + levels > limits.folderLevelsMax)
    throw new DomainError("folder.too-deep", `folders have ${limits.folderLevelsMax} levels`);
}

const conflict = (): DomainError =>
  new DomainError("folder.conflict", "the folders kept changing under several writers");
