import { DomainError } from "@sightline/contracts/errors";
import type { SiteStore } from "@sightline/core/ports/store";
import type { Site } from "@sightline/core/site/site";
import type { Database } from "./database.ts";
import { idOf, keys, organizationOf, prefixes, type Key } from "./keys.ts";
import { listByName, mapPage, type Named } from "./page.ts";

/** `byName` is `SITE#name`: the organization's own partition holds other rows too. */
type SiteRow = Named & Pick<Site, "title" | "createdAtMs">;

export function createSiteStore(database: Database): SiteStore {
  const read = async (key: Key): Promise<Site | undefined> => {
    const row = await database.get<SiteRow>(key);
    return row && siteOf(row);
  };
  return {
    async create({ organization, id, name, title, createdAtMs }) {
      const row = { byName: `${prefixes.site}${name}`, title, createdAtMs };
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

    get: (organization, id) => read(keys.site(organization, id)),

    async findByName(organization, name) {
      const named = await database.get<{ id: number }>(keys.siteName(organization, name));
      return named && read(keys.site(organization, named.id));
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

const siteOf = ({ pk, sk, byName, title, createdAtMs }: SiteRow): Site => ({
  organization: organizationOf(pk),
  id: Number(idOf(sk)),
  name: byName.slice(prefixes.site.length),
  title,
  createdAtMs,
});
