/** The table of commands: a row per kind of `contracts/commands.ts`, or it does not compile. */
import type { CommandKind } from "@sightline/contracts/commands";
import { deviceReloadAnalytics } from "./device-reload-analytics.ts";
import { deviceRemoveUnmanaged } from "./device-remove-unmanaged.ts";
import type { CommandDeps, RunCommand } from "./run-command.ts";
import { streamForceIdr } from "./stream-force-idr.ts";
import { streamForceIntra } from "./stream-force-intra.ts";
import { streamSnapshot } from "./stream-snapshot.ts";
import { streamStats } from "./stream-stats.ts";

const table: { readonly [K in CommandKind]: RunCommand<K> } = {
  "stream.force-idr": streamForceIdr,
  "stream.force-intra": streamForceIntra,
  "stream.snapshot": streamSnapshot,
  "stream.stats": streamStats,
  "device.remove-unmanaged": deviceRemoveUnmanaged,
  "device.reload-analytics": deviceReloadAnalytics,
};

/** `args` are those of the kind: the desk has checked them. @throws DomainError */
export function runCommand(
  deps: CommandDeps,
  kind: CommandKind,
  call: { readonly args: unknown; readonly requestId: string },
): Promise<object> {
  const run = table[kind] as (
    deps: CommandDeps,
    args: unknown,
    requestId: string,
  ) => Promise<object>;
  return run(deps, call.args, call.requestId);
}
