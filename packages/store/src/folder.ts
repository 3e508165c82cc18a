/** Folders. What gives them another shape is written along with the version of the tree, so that no two such changes cross. */
import { DomainError } from "@sightline/contracts/errors";
import type { Folder } from "@sightline/core/folder/folder";
import type { FolderStore } from "@sightline/core/ports/site-store";
import { enterSite, isEmpty, leaveSite, siteNotFound } from "./contents.ts";
import type { Database } from "./database.ts";
import { idOf, keys, organizationOf, prefixes, type Key } from "./keys.ts";
import type { Update } from "./write.ts";

type FolderRow = Key & Omit<Folder, "organization" | "id">;

export function createFolderStore(database: Database): FolderStore {
  return {
    async get(organization, id) {
      const row = await database.get<FolderRow>(keys.folder(organization, id));
      return row && folderOf(row);
    },

    async tree(organization) {
      // Before the folders: a version that is older than they are makes a write start over.
      const tree = await database.get<{ version: number }>(keys.folderTree(organization));
      if (!tree) return { version: 0, folders: [] };
      const { pk } = keys.organization(organization);
      const rows = await database.query<FolderRow>({
        where: {
          when: "{pk} = :pk and begins_with({sk}, :prefix)",
          values: { pk, prefix: prefixes.folder },
        },
        strong: true,
      });
      return { version: tree.version, folders: rows.map(folderOf) };
    },

    async create({ organization, id, ...row }, version) {
      const refused = await database.transact({
        tree: reshape(organization, version),
        folder: { kind: "put", key: keys.folder(organization, id), entity: "folder", row },
        site: enterSite({ organization, id, site: row.site }),
      });
      if (refused?.tree) return false;
      if (refused?.site) throw siteNotFound(row.site);
      if (refused) throw new Error(`folder ${id} of ${organization} was created before`);
      return true;
    },

    async change({ organization, id, title, parent, revision, updatedAtMs }, version) {
      const refused = await database.transact({
        tree: version === undefined ? undefined : reshape(organization, version),
        folder: {
          kind: "update",
          key: keys.folder(organization, id),
          entity: "folder",
          set: { title, parent, revision, updatedAtMs },
          condition: { when: "{revision} = :revision", values: { revision: revision - 1 } },
        },
      });
      return !refused;
    },

    async delete({ organization, id, site, revision }, version) {
      const refused = await database.transact({
        tree: reshape(organization, version),
        folder: {
          kind: "delete",
          key: keys.folder(organization, id),
          condition: {
            when: `{revision} = :revision and ${isEmpty.when}`,
            values: { revision, ...isEmpty.values },
          },
        },
        site: leaveSite({ organization, id, site }),
      });
      if (!refused) return true;
      const held = Number(refused.folder?.stored?.["held"]?.N ?? 0);
      const isSame = refused.folder?.stored?.["revision"]?.N === String(revision);
      if (!refused.tree && isSame && held > 0)
        throw new DomainError("folder.not-empty", "streams are in the folder", {
          hint: "move or delete them first",
        });
      return false;
    },
  };
}

const reshape = (organization: string, version: number): Update => ({
  kind: "update",
  key: keys.folderTree(organization),
  entity: "folder-tree",
  set: { version: version + 1 },
  condition:
    version === 0
      ? { when: "attribute_not_exists({pk})" }
      : { when: "{version} = :version", values: { version } },
});

const folderOf = (row: FolderRow): Folder => ({
  organization: organizationOf(row.pk),
  id: Number(idOf(row.sk)),
  site: row.site,
  title: row.title,
  ...(row.parent !== undefined && { parent: row.parent }),
  revision: row.revision,
  createdAtMs: row.createdAtMs,
  updatedAtMs: row.updatedAtMs,
});
