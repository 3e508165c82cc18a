import { DomainError } from "@sightline/contracts/errors";
import type { SiteStore } from "@sightline/core/ports/site-store";
import type { Site } from "@sightline/core/site/site";
import { closeSite } from "./contents.ts";
import type { Database } from "./database.ts";
import type { Condition } from "./expression.ts";
import { idOf, keys, nothing, organizationOf, prefixes, type Key } from "./keys.ts";
import { listByName, mapPage, type Named } from "./page.ts";

/** `byName` is `SITE#name`: the organization's own partition holds other rows too. */
type SiteRow = Named & Omit<Site, "organization" | "id" | "name">;

export function createSiteStore(database: Database): SiteStore {
  return { ...reads(database), ...writes(database) };
}

function reads(database: Database): Pick<SiteStore, "get" | "getMany" | "findByName" | "list"> {
  const read = async (key: Key): Promise<Site | undefined> => {
    const row = await database.get<SiteRow>(key);
    return row && siteOf(row);
  };
  return {
    get: (organization, id) => read(keys.site(organization, id)),

    async getMany(organization, ids) {
      const wanted = ids.map((id) => keys.site(organization, id));
      return (await database.getMany<SiteRow>(wanted, { strong: true })).map(siteOf);
    },

    async findByName(organization, name) {
      const named = await database.get<{ id: number }>(keys.siteName(organization, name));
      const { pk } = keys.organization(organization);
      return read(named ? keys.site(organization, named.id) : { pk, sk: nothing });
    },

    async list(organization, page) {
      const { pk } = keys.organization(organization);
      return mapPage(
        await listByName<SiteRow>(database, { pk, prefix: prefixes.site, page }),
        siteOf,
      );
    },
  };
}

function writes(database: Database): Pick<SiteStore, "create" | "change" | "delete"> {
  return {
    async create({ organization, id, name, ...rest }) {
      const row = { byName: `${prefixes.site}${name}`, ...rest };
      const refused = await database.transact({
        site: { kind: "put", key: keys.site(organization, id), entity: "site", row },
        name: {
          kind: "put",
          key: keys.siteName(organization, name),
          entity: "reference",
          row: { id },
        },
      });
      if (refused?.name) throw new DomainError("site.name-taken", `another site is named ${name}`);
      if (refused) throw new Error(`site ${id} of ${organization} was created before`);
    },

    async change({ organization, id, title, owner, revision }, member) {
      const refused = await database.transact({
        site: {
          kind: "update",
          key: keys.site(organization, id),
          entity: "site",
          set: { title, owner, revision },
          condition: hasRevision(revision - 1),
        },
        member: member && {
          kind: "update",
          key: keys.user(organization, member.id),
          entity: "user",
          set: {
            sites: member.sites,
            revision: member.revision,
            updatedAtMs: member.updatedAtMs,
          },
          condition: hasRevision(member.revision - 1),
        },
      });
      return !refused;
    },

    async delete({ organization, id, name, revision }) {
      const refused = await database.transact({
        site: {
          kind: "delete",
          key: keys.site(organization, id),
          condition: hasRevision(revision),
        },
        name: { kind: "delete", key: keys.siteName(organization, name) },
        ...closeSite(organization, id),
      });
      if (refused?.site) return false;
      if (refused)
        throw new DomainError("site.not-empty", "devices, streams or folders are at the site", {
          hint: "move or delete them first",
        });
      return true;
    },
  };
}

const hasRevision = (revision: number): Condition => ({
  when: "{revision} = :revision",
  values: { revision },
});

const siteOf = (row: SiteRow): Site => ({
  organization: organizationOf(row.pk),
  id: Number(idOf(row.sk)),
  name: row.byName.slice(prefixes.site.length),
  title: row.title,
  ...(row.owner !== undefined && { owner: row.owner }),
  revision: row.revision,
  createdAtMs: row.createdAtMs,
});
