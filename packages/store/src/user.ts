/**
 * People. A user has two rows: one that the login finds, and the user by number. A row of the organization counts them and their
 * enabled admins, in the same transaction: of two who take away the last two admins at once, one is refused.
 */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { UserStore } from "@sightline/core/ports/access-store";
import type { User } from "@sightline/core/user/user";
import type { Database, Refusals } from "./database.ts";
import type { Condition } from "./expression.ts";
import { idOf, keys, organizationOf, prefixes, type Key } from "./keys.ts";
import { listByName, mapPage, type Named } from "./page.ts";
import type { Update } from "./write.ts";

/** `byName` is `USER#login`: the organization's own partition holds other rows too. */
type UserRow = Named & Omit<User, "organization" | "id" | "login">;
type LoginRow = Pick<User, "organization"> & { readonly user: number };

export function createUserStore(database: Database): UserStore {
  const read = async (key: Key): Promise<User | undefined> => {
    const row = await database.get<UserRow>(key);
    return row && userOf(row);
  };
  return {
    async create(user, as) {
      const { organization, id, login, ...row } = user;
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
        people: countPeople(organization, { users: 1, admins: adminsIn(user) }),
      });
      if (refused?.login) return false;
      if (refused?.people)
        throw new DomainError("user.limit", `an organization has ${limits.usersRowsMax} at most`);
      if (refused) throw new Error(`user ${id} of ${organization} was created before`);
      return true;
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

    async change(before, { organization, id, login: _, createdAtMs: __, ...set }) {
      const admins = adminsIn(set) - adminsIn(before);
      const refused = await database.transact({
        user: {
          kind: "update",
          key: keys.user(organization, id),
          entity: "user",
          set,
          condition: hasRevision(before.revision),
        },
        people: admins === 0 ? undefined : countPeople(organization, { users: 0, admins }),
      });
      return isDone(refused);
    },

    async delete(user, as) {
      const { organization, id, revision } = user;
      const refused = await database.transact({
        user: {
          kind: "delete",
          key: keys.user(organization, id),
          condition: hasRevision(revision),
        },
        login: { kind: "delete", key: keys.login(as) },
        people: countPeople(organization, { users: -1, admins: -adminsIn(user) }),
      });
      return isDone(refused);
    },
  };
}

const adminsIn = ({ accessLevel, disabled }: Pick<User, "accessLevel" | "disabled">): number =>
  accessLevel === "admin" && !disabled ? 1 : 0;

/** Refused where it would take the last admin away, or bring in more users than there may be. */
function countPeople(
  organization: string,
  add: { readonly users: number; readonly admins: number },
): Update {
  const lasting = { when: "{admins} > :last", values: { last: 1 } };
  const fitting = {
    when: "attribute_not_exists({users}) or {users} < :most",
    values: { most: limits.usersRowsMax },
  };
  const condition =
    add.admins < 0 ? lasting : add.users > 0 ? fitting : { when: "attribute_exists({pk})" };
  return { kind: "update", key: keys.people(organization), entity: "people", add, condition };
}

/** @throws DomainError user.last-admin */
function isDone(refused: Refusals<"user" | "people"> | undefined): boolean {
  if (refused?.people && !refused.user)
    throw new DomainError("user.last-admin", "this is the last enabled admin", {
      hint: "make another user an admin first",
    });
  return !refused;
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
