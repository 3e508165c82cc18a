/** Sites and their folders, as core needs them from the database. */
import type { Folder, FolderTree } from "../folder/folder.ts";
import type { Site } from "../site/site.ts";
import type { User } from "../user/user.ts";
import type { Page, PageRequest } from "./page.ts";

export interface SiteStore {
  /** @throws DomainError site.name-taken */
  create(site: Site): Promise<void>;
  get(organization: string, id: number): Promise<Site | undefined>;
  /** In the order of the ids, without those that are not there. */
  getMany(organization: string, ids: readonly number[]): Promise<readonly Site[]>;
  findByName(organization: string, name: string): Promise<Site | undefined>;
  /** Listed, by name. */
  list(organization: string, page: PageRequest): Promise<Page<Site>>;
  /**
   * Replaces title and owner of a site that still has revision `next.revision - 1`, and along with them what the `member` may, who
   * still has revision `member.revision - 1`; false when either was changed, or is gone.
   */
  change(next: Site, member?: User): Promise<boolean>;
  /**
   * Removes a site that still has this revision; false when not. Nothing gets into it any more.
   * @throws DomainError site.not-empty while a device, a stream or a folder is at it
   */
  delete(site: Site): Promise<boolean>;
}

export interface FolderStore {
  get(organization: string, id: number): Promise<Folder | undefined>;
  /** All folders of the organization, read strongly. */
  tree(organization: string): Promise<FolderTree>;
  /** False when the tree is no longer of this version. @throws DomainError site.not-found */
  create(folder: Folder, version: number): Promise<boolean>;
  /**
   * Replaces a folder that still has revision `next.revision - 1`; false when not. Another parent takes the version of the tree, which
   * must still be that.
   */
  change(next: Folder, version?: number): Promise<boolean>;
  /**
   * Removes a folder that still has this revision from a tree that still is of this version; false when not.
   * @throws DomainError folder.not-empty while a stream is in it
   */
  delete(folder: Folder, version: number): Promise<boolean>;
}
