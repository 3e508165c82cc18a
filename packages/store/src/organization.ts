import type { Organization } from "@sightline/core/organization/organization";
import type { OrganizationStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

type OrganizationRow = Pick<Organization, "name" | "createdAtMs">;

export function createOrganizationStore(database: Database): OrganizationStore {
  return {
    async create({ id, name, createdAtMs }) {
      const row: OrganizationRow = { name, createdAtMs };
      const key = keys.organization(id);
      return !(await database.write({ kind: "put", key, entity: "organization", row: { ...row } }));
    },

    async get(id) {
      const row = await database.get<OrganizationRow>(keys.organization(id));
      return row && { id, name: row.name, createdAtMs: row.createdAtMs };
    },

    count: (organization, counter) =>
      database.increment(keys.counter(organization, counter), "counter"),
  };
}
