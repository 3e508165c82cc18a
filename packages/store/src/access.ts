/** Who may call. A token has two rows: one that its hash finds, and one in the list of its organization. */
import type { AccessToken, User } from "@sightline/core/access/principal";
import type { AccessStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { idOf, keys, prefixes, type Key } from "./keys.ts";
import { cut, mapPage } from "./page.ts";

type UserRow = Omit<User, "login">;
type TokenRow = Omit<AccessToken, "hash">;
type TokenEntryRow = Key & AccessToken;

export function createAccessStore(database: Database): AccessStore {
  return { ...users(database), ...tokens(database) };
}

function users(database: Database): Pick<AccessStore, "createUser" | "findUser"> {
  return {
    async createUser({ login, ...row }) {
      const key = keys.login(login);
      return !(await database.write({ kind: "put", key, entity: "user", row }));
    },

    async findUser(login) {
      const row = await database.get<UserRow>(keys.login(login));
      return row && userOf(login, row);
    },
  };
}

function tokens(database: Database): Omit<AccessStore, "createUser" | "findUser"> {
  return {
    async createToken({ hash, ...token }) {
      const { organization, id, expiresAtMs } = token;
      const row = {
        ...token,
        ...(expiresAtMs !== undefined && { expiresAtS: Math.ceil(expiresAtMs / 1000) }),
      };
      const refused = await database.transact({
        token: { kind: "put", key: keys.token(hash), entity: "token", row },
        entry: {
          kind: "put",
          key: keys.tokenEntry(organization, id),
          entity: "token-entry",
          row: { ...row, hash },
        },
      });
      return !refused;
    },

    async findToken(hash) {
      const row = await database.get<TokenRow>(keys.token(hash));
      return row && tokenOf(hash, row);
    },

    async listTokens(organization, { rows, after }) {
      const { pk } = keys.organization(organization);
      const found = await database.query<TokenEntryRow>({
        where: {
          when: "{pk} = :pk and begins_with({sk}, :prefix)",
          values: { pk, prefix: prefixes.token },
        },
        ...(after !== undefined && { after: keys.tokenEntry(organization, after) }),
        rows: rows + 1,
        strong: true,
      });
      return mapPage(
        cut(found, rows, ({ sk }) => idOf(sk)),
        (row) => tokenOf(row.hash, row),
      );
    },

    async deleteToken(organization, id) {
      const key = keys.tokenEntry(organization, id);
      const entry = await database.get<TokenEntryRow>(key);
      if (!entry) return false;
      await database.transact({
        token: { kind: "delete", key: keys.token(entry.hash) },
        entry: { kind: "delete", key },
      });
      return true;
    },
  };
}

const userOf = (login: string, row: UserRow): User => ({
  organization: row.organization,
  id: row.id,
  login,
  passwordHash: row.passwordHash,
  credentialVersion: row.credentialVersion,
  scopes: row.scopes,
  createdAtMs: row.createdAtMs,
});

const tokenOf = (hash: string, row: TokenRow): AccessToken => ({
  id: row.id,
  hash,
  organization: row.organization,
  name: row.name,
  scopes: row.scopes,
  createdAtMs: row.createdAtMs,
  ...(row.expiresAtMs !== undefined && { expiresAtMs: row.expiresAtMs }),
  ...(row.bound && { bound: { audience: row.bound.audience, device: row.bound.device } }),
});
