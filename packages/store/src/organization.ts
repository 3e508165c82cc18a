import type { Organization } from "@sightline/core/organization/organization";
import type { OrganizationStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

type OrganizationRow = Omit<Organization, "id">;

export function createOrganizationStore(database: Database): OrganizationStore {
  return {
    async create({ id, ...row }) {
      const key = keys.organization(id);
      return !(await database.write({ kind: "put", key, entity: "organization", row }));
    },

    async get(id) {
      const row = await database.get<OrganizationRow>(keys.organization(id));
      return row && organizationOf(id, row);
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
