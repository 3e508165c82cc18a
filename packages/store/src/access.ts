import type { AccessToken, User } from "@sightline/core/access/principal";
import type { AccessStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { keys } from "./keys.ts";

type UserRow = Omit<User, "login">;
type TokenRow = Omit<AccessToken, "hash">;

export function createAccessStore(database: Database): AccessStore {
  return {
    async createUser({ login, ...row }) {
      const key = keys.login(login);
      return !(await database.write({ kind: "put", key, entity: "user", row }));
    },

    async findUser(login) {
      const row = await database.get<UserRow>(keys.login(login));
      return row && userOf(login, row);
    },

    async createToken({ hash, ...token }) {
      const { expiresAtMs } = token;
      const row = {
        ...token,
        ...(expiresAtMs !== undefined && { expiresAtS: Math.ceil(expiresAtMs / 1000) }),
      };
      const key = keys.token(hash);
      const refused = await database.write({ kind: "put", key, entity: "token", row });
      if (refused) throw new Error(`token ${token.id} was created before`);
    },

    async findToken(hash) {
      const row = await database.get<TokenRow>(keys.token(hash));
      return row && tokenOf(hash, row);
    },

    async deleteToken(hash) {
      await database.write({ kind: "delete", key: keys.token(hash) });
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
});
