/**
 * Folders put the streams of a site in order.
 *
 * INVARIANTS
 * - A folder and its parent are at one site, and so are a folder and its streams: who sees a stream sees its whole path.
 * - No folder is below itself, and none deeper than `limits.folderLevelsMax`.
 */
import { limits } from "@sightline/contracts/limits";

export interface Folder {
  readonly organization: string;
  /** Of the organization's counter. */
  readonly id: number;
  readonly site: number;
  /** Without `/`. */
  readonly title: string;
  /** Absent: it is at the top of its site. */
  readonly parent?: number;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** All folders of an organization. */
export interface FolderTree {
  /** Of its shape: it changes with every folder that comes, goes, or gets another parent. */
  readonly version: number;
  readonly folders: readonly Folder[];
}

/** From the top to the folder itself; none when there is no such folder. */
export function pathOf({ folders }: FolderTree, id: number | undefined): readonly Folder[] {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const path: Folder[] = [];
  for (let at = id; at !== undefined && path.length < limits.folderLevelsMax;) {
    const folder = byId.get(at);
    if (!folder) break;
    path.unshift(folder);
    at = folder.parent;
  }
  return path;
}

export const pathText = (path: readonly Folder[]): string =>
  path.map(({ title }) => title).join("/");

/** How many levels it has, itself included. */
export function heightOf(tree: FolderTree, id: number): number {
  const below = tree.folders.filter(({ parent }) => parent === id);
  return 1 + Math.max(0, ...below.map((folder) => heightOf(tree, folder.id)));
}
