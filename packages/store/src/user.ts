/** People. A user has two rows: one that the login finds, and the user by number. */
import type { UserStore } from "@sightline/core/ports/access-store";
import type { User } from "@sightline/core/user/user";
import type { Database } from "./database.ts";
import type { Condition } from "./expression.ts";
import { idOf, keys, organizationOf, prefixes, type Key } from "./keys.ts";
import { listByName, mapPage, type Named } from "./page.ts";

/** `byName` is `USER#login`: the organization's own partition holds other rows too. */
type UserRow = Named & Omit<User, "organization" | "id" | "login">;
type LoginRow = Pick<User, "organization"> & { readonly user: number };

export function createUserStore(database: Database): UserStore {
  const read = async (key: Key): Promise<User | undefined> => {
    const row = await database.get<UserRow>(key);
    return row && userOf(row);
  };
  return {
    async create({ organization, id, login, ...row }, as) {
      const refused = await database.transact({
        user: {
          kind: "put",
          key: keys.user(organization, id),
          entity: "user",
          row: { ...row, byName: `${prefixes.user}${login}` },
        },
        login: {
          kind: "put",
          key: keys.login(as),
          entity: "login",
          row: { organization, user: id },
        },
      });
      if (refused?.user && !refused.login)
        throw new Error(`user ${id} of ${organization} was created before`);
      return !refused;
    },

    get: (organization, id) => read(keys.user(organization, id)),

    async findByLogin(as) {
      const login = await database.get<LoginRow>(keys.login(as));
      return login && read(keys.user(login.organization, login.user));
    },

    async list(organization, page) {
      const { pk } = keys.organization(organization);
      return mapPage(
        await listByName<UserRow>(database, { pk, prefix: prefixes.user, page }),
        userOf,
      );
    },

    async change({ organization, id, login: _, createdAtMs: __, ...set }) {
      const refused = await database.write({
        kind: "update",
        key: keys.user(organization, id),
        entity: "user",
        set,
        condition: hasRevision(set.revision - 1),
      });
      return !refused;
    },

    async delete({ organization, id, revision }, as) {
      const refused = await database.transact({
        user: {
          kind: "delete",
          key: keys.user(organization, id),
          condition: hasRevision(revision),
        },
        login: { kind: "delete", key: keys.login(as) },
      });
      return !refused;
    },
  };
}

const hasRevision = (revision: number): Condition => ({
  when: "{revision} = :revision",
  values: { revision },
});

const userOf = (row: UserRow): User => ({
  organization: organizationOf(row.pk),
  id: Number(idOf(row.sk)),
  login: row.byName.slice(prefixes.user.length),
  fullName: row.fullName,
  email: row.email,
  phone: row.phone,
  locale: row.locale,
  note: row.note,
  accessLevel: row.accessLevel,
  sites: row.sites,
  disabled: row.disabled,
  readonly: row.readonly,
  maxSessions: row.maxSessions,
  passwordHash: row.passwordHash,
  credentialVersion: row.credentialVersion,
  revision: row.revision,
  createdAtMs: row.createdAtMs,
  updatedAtMs: row.updatedAtMs,
});
