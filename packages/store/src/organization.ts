import type { Organization } from "@sightline/core/organization/organization";
import type { OrganizationStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

type OrganizationRow = Omit<Organization, "id">;

export function createOrganizationStore(database: Database): OrganizationStore {
  const get = async (id: string): Promise<Organization | undefined> => {
    const row = await database.get<OrganizationRow>(keys.organization(id));
    return row && organizationOf(id, row);
  };
  return {
    async create({ id, ...row }) {
      const refused = await database.transact({
        organization: { kind: "put", key: keys.organization(id), entity: "organization", row },
        prefix: {
          kind: "put",
          key: keys.loginPrefix(row.loginPrefix),
          entity: "login-prefix",
          row: { organization: id },
        },
      });
      if (refused?.prefix && !refused.organization)
        throw new Error(`the login prefix ${row.loginPrefix} is another organization's`);
      return !refused;
    },

    get,

    async findByLoginPrefix(prefix) {
      const row = await database.get<{ organization: string }>(keys.loginPrefix(prefix));
      return row && get(row.organization);
    },

    count: (organization, counter) =>
      database.increment(keys.counter(organization, counter), "counter"),

    async change({ id, name, loginBlockMs, revision }) {
      const refused = await database.write({
        kind: "update",
        key: keys.organization(id),
        entity: "organization",
        set: { name, loginBlockMs, revision },
        condition: { when: "{revision} = :revision", values: { revision: revision - 1 } },
      });
      return !refused;
    },
  };
}

const organizationOf = (id: string, row: OrganizationRow): Organization => ({
  id,
  name: row.name,
  loginPrefix: row.loginPrefix,
  loginBlockMs: row.loginBlockMs,
  revision: row.revision,
  createdAtMs: row.createdAtMs,
});
