/** API tokens. Each has two rows: one that its hash finds, and one in the list of its organization. */
import type { AccessToken } from "@sightline/core/access/principal";
import type { TokenStore } from "@sightline/core/ports/access-store";
import type { Database } from "./database.ts";
import { idOf, keys, prefixes, type Key } from "./keys.ts";
import { cut, mapPage } from "./page.ts";

type TokenRow = Omit<AccessToken, "hash">;
type TokenEntryRow = Key & AccessToken;

export function createTokenStore(database: Database): TokenStore {
  return {
    async create({ hash, ...token }) {
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

    async find(hash) {
      const row = await database.get<TokenRow>(keys.token(hash));
      return row && tokenOf(hash, row);
    },

    async list(organization, { rows, after }) {
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

    async delete(organization, id) {
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

const tokenOf = (hash: string, row: TokenRow): AccessToken => ({
  id: row.id,
  hash,
  organization: row.organization,
  user: row.user,
  name: row.name,
  scopes: row.scopes,
  audience: row.audience,
  createdAtMs: row.createdAtMs,
  ...(row.expiresAtMs !== undefined && { expiresAtMs: row.expiresAtMs }),
  ...(row.bound && { bound: row.bound }),
});
