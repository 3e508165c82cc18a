/**
 * Commands. One that has not ended has a second, small row: what `pending` finds, and what the due index finds when it expires.
 * One that has ended is kept for `limits.commandKeptMs`.
 */
import type { CommandState } from "@sightline/contracts/command-states";
import { limits } from "@sightline/contracts/limits";
import type { Command } from "@sightline/core/command/command";
import type { CommandStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import { dueShardOf, idOf, keys, prefixes, type Key } from "./keys.ts";
import { cut, mapPage } from "./page.ts";
import type { Update } from "./write.ts";

/**
 * `finalCommandStates` of the contracts, without the schemas that would come into every bundle with it; a test keeps them equal.
 */
export const hasEnded: Readonly<Record<CommandState, boolean>> = {
  queued: false,
  sent: false,
  acknowledged: false,
  succeeded: true,
  failed: true,
  rejected: true,
  expired: true,
  cancelled: true,
};

/** Without what the keys say. */
type CommandRow = Key & Omit<Command, "device" | "id">;

export function createCommandStore(database: Database): CommandStore {
  const get = async (device: string, id: string): Promise<Command | undefined> => {
    const row = await database.get<CommandRow>(keys.command(device, id));
    return row && commandOf(row);
  };
  return {
    get,

    async create({ device, id, ...row }) {
      const due = { dueShard: dueShardOf(device), dueAtMs: row.expiresAtMs };
      const refused = await database.transact({
        command: { kind: "put", key: keys.command(device, id), entity: "command", row },
        pending: {
          kind: "put",
          key: keys.pendingCommand(device, id),
          entity: "pending-command",
          row: due,
        },
      });
      return refused && get(device, id);
    },

    async list(device, { rows, after }) {
      const { pk } = keys.command(device, "");
      const found = await database.query<CommandRow>({
        where: {
          when: "{pk} = :pk and begins_with({sk}, :prefix)",
          values: { pk, prefix: prefixes.command },
        },
        ...(after !== undefined && { after: keys.command(device, after) }),
        rows: rows + 1,
        backwards: true,
      });
      return mapPage(
        cut(found, rows, ({ sk }) => idOf(sk)),
        commandOf,
      );
    },

    async pending(device) {
      const { pk } = keys.command(device, "");
      const entries = await database.query<Key>({
        where: {
          when: "{pk} = :pk and begins_with({sk}, :prefix)",
          values: { pk, prefix: prefixes.pendingCommand },
        },
        strong: true,
      });
      const wanted = entries.map(({ sk }) => keys.command(device, idOf(sk)));
      const rows = await database.getMany<CommandRow>(wanted, { strong: true });
      // One may have ended between the two reads.
      return rows.map(commandOf).filter(({ state }) => !hasEnded[state]);
    },

    async transition(next, from) {
      const { device, id } = next;
      const command = replace(next, from, database.nowMs());
      const isEnd = hasEnded[next.state] && !from.every((state) => hasEnded[state]);
      if (!isEnd) return !(await database.write(command));
      const pending = { kind: "delete", key: keys.pendingCommand(device, id) } as const;
      return !(await database.transact({ command, pending }));
    },
  };
}

function replace(next: Command, from: readonly Command["state"][], nowMs: number): Update {
  const { device, id, afterRevision, error, result, lateResult, ...rest } = next;
  const expiresAtS = hasEnded[next.state]
    ? Math.ceil((nowMs + limits.commandKeptMs) / 1000)
    : undefined;
  const states = from.map((state, at) => [`from${at}`, state] as const);
  return {
    kind: "update",
    key: keys.command(device, id),
    entity: "command",
    // Named, so that what `next` has not is removed.
    set: { ...rest, afterRevision, error, result, lateResult, expiresAtS },
    condition: {
      when: `{state} in (${states.map(([name]) => `:${name}`).join(", ")})`,
      values: Object.fromEntries(states),
    },
  };
}

const commandOf = (row: CommandRow): Command => ({
  organization: row.organization,
  device: idOf(row.pk),
  id: idOf(row.sk),
  kind: row.kind,
  args: row.args,
  ...(row.afterRevision !== undefined && { afterRevision: row.afterRevision }),
  state: row.state,
  ...(row.error && { error: row.error }),
  ...(row.result && { result: row.result }),
  ...(row.lateResult && { lateResult: row.lateResult }),
  issuedBy: row.issuedBy,
  requestId: row.requestId,
  issuedAtMs: row.issuedAtMs,
  expiresAtMs: row.expiresAtMs,
  changedAtMs: row.changedAtMs,
});
