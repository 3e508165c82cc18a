/** API tokens. Each has two rows: one that its hash finds, and one in the list of its organization. */
import type { AccessToken } from "@sightline/core/access/principal";
import type { TokenStore } from "@sightline/core/ports/access-store";
import type { Page, PageRequest } from "@sightline/core/ports/page";
import type { Database } from "./database.ts";
import type { Condition } from "./expression.ts";
import { idOf, keys, prefixes, tokensOf } from "./keys.ts";
import { cut, listByName, mapPage, type Named } from "./page.ts";

type TokenRow = Omit<AccessToken, "hash">;
/** `byName` is `TOKEN#user#id`. */
type TokenEntryRow = Named & AccessToken;

export function createTokenStore(database: Database): TokenStore {
  const entryOf = (organization: string, id: string): Promise<TokenEntryRow | undefined> =>
    database.get(keys.tokenEntry(organization, id));
  return {
    async create({ hash, ...token }) {
      const { organization, user, id } = token;
      const row = rowOf(token);
      const refused = await database.transact({
        token: { kind: "put", key: keys.token(hash), entity: "token", row },
        entry: {
          kind: "put",
          key: keys.tokenEntry(organization, id),
          entity: "token-entry",
          row: { ...row, hash, byName: `${tokensOf(user)}${id}` },
        },
      });
      return !refused;
    },

    async find(hash) {
      const row = await database.get<TokenRow>(keys.token(hash));
      return row && tokenOf(hash, row);
    },

    async get(organization, id) {
      const row = await entryOf(organization, id);
      return row && tokenOf(row.hash, row);
    },

    async list(organization, { user, ...page }) {
      const { pk } = keys.organization(organization);
      const found =
        user === undefined
          ? await listAll(database, pk, page)
          : await listByName<TokenEntryRow>(database, { pk, prefix: tokensOf(user), page });
      return mapPage(found, (row) => tokenOf(row.hash, row));
    },

    async rotate({ hash: before, ...token }, hash) {
      const { organization, id } = token;
      const refused = await database.transact({
        before: { kind: "delete", key: keys.token(before) },
        token: { kind: "put", key: keys.token(hash), entity: "token", row: rowOf(token) },
        entry: {
          kind: "update",
          key: keys.tokenEntry(organization, id),
          entity: "token-entry",
          set: { hash },
          condition: hasHash(before),
        },
      });
      return !refused;
    },

    async delete(organization, id) {
      const key = keys.tokenEntry(organization, id);
      for (;;) {
        const entry = await entryOf(organization, id);
        if (!entry) return false;
        const refused = await database.transact({
          token: { kind: "delete", key: keys.token(entry.hash) },
          entry: { kind: "delete", key, condition: hasHash(entry.hash) },
        });
        // Else it was rotated meanwhile, and must not live on under its new hash.
        if (!refused) return true;
      }
    },
  };
}

const hasHash = (hash: string): Condition => ({ when: "{hash} = :hash", values: { hash } });

async function listAll(
  database: Database,
  pk: string,
  { rows, after }: PageRequest,
): Promise<Page<TokenEntryRow>> {
  const found = await database.query<TokenEntryRow>({
    where: {
      when: "{pk} = :pk and begins_with({sk}, :prefix)",
      values: { pk, prefix: prefixes.token },
    },
    ...(after !== undefined && { after: { pk, sk: `${prefixes.token}${after}` } }),
    rows: rows + 1,
    strong: true,
  });
  return cut(found, rows, ({ sk }) => idOf(sk));
}

const rowOf = (token: TokenRow): TokenRow & { readonly expiresAtS?: number } => ({
  ...token,
  ...(token.expiresAtMs !== undefined && { expiresAtS: Math.ceil(token.expiresAtMs / 1000) }),
});

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
