/** Sessions: one row each, in the partition of their user. */
import type { Session } from "@sightline/core/session/session";
import type { SessionStore } from "@sightline/core/ports/session-store";
import type { Database } from "./database.ts";
import { idOf, keys, prefixes, type Key } from "./keys.ts";
import { cut, mapPage } from "./page.ts";

type SessionRow = Key & Omit<Session, "id">;

const entity = "session";

const expiryOf = ({ expiresAtMs }: Pick<Session, "expiresAtMs">) => ({
  expiresAtMs,
  expiresAtS: Math.ceil(expiresAtMs / 1000),
});

export function createSessionStore(database: Database): SessionStore {
  return {
    async create({ id, ...session }) {
      const { organization, user } = session;
      const key = keys.session(organization, user, id);
      const row = { ...session, ...expiryOf(session) };
      const refused = await database.write({ kind: "put", key, entity, row });
      if (refused) throw new Error(`session ${id} was created before`);
    },

    async get(organization, user, id) {
      const row = await database.get<SessionRow>(keys.session(organization, user, id));
      return row && sessionOf(row);
    },

    async list(organization, user, { rows, after }) {
      const { pk } = keys.session(organization, user, "");
      const found = await database.query<SessionRow>({
        where: {
          when: "{pk} = :pk and begins_with({sk}, :prefix)",
          values: { pk, prefix: prefixes.session },
        },
        ...(after !== undefined && { after: keys.session(organization, user, after) }),
        rows: rows + 1,
        strong: true,
      });
      return mapPage(
        cut(found, rows, ({ sk }) => idOf(sk)),
        sessionOf,
      );
    },

    async rotate(next, before) {
      const { organization, user, id, refreshHash, originator, refreshedAtMs } = next;
      const refused = await database.write({
        kind: "update",
        key: keys.session(organization, user, id),
        entity,
        set: { refreshHash, originator, refreshedAtMs, ...expiryOf(next) },
        condition: {
          when: "{refreshHash} = :before and {expiresAtS} > :nowS",
          values: { before, nowS: Math.floor(database.nowMs() / 1000) },
        },
      });
      if (!refused) return "rotated";
      const hash = refused.stored?.["refreshHash"]?.S;
      return hash === undefined || hash === before ? "gone" : "reused";
    },

    async end(organization, user, id) {
      const key = keys.session(organization, user, id);
      const refused = await database.write({
        kind: "delete",
        key,
        condition: { when: "attribute_exists({pk})" },
      });
      return !refused;
    },
  };
}

const sessionOf = (row: SessionRow): Session => ({
  organization: row.organization,
  user: row.user,
  id: idOf(row.sk),
  refreshHash: row.refreshHash,
  credentialVersion: row.credentialVersion,
  originator: row.originator,
  startedAtMs: row.startedAtMs,
  refreshedAtMs: row.refreshedAtMs,
  expiresAtMs: row.expiresAtMs,
});
