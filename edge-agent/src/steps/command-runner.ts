/** What the commands need, and the table that finds them: a row per kind of `contracts/commands.ts`, or it does not compile. */
import type { CommandArgs, CommandKind, CommandResult } from "@sightline/contracts/commands";
import { DomainError } from "@sightline/contracts/errors";
import type { PipelineStream } from "@sightline/contracts/pipeline-api";
import type { PipelineClient } from "../pipeline/client.ts";
import { streamForceIdr } from "./stream-force-idr.ts";
import { streamSnapshot } from "./stream-snapshot.ts";
import { streamStats } from "./stream-stats.ts";

export interface CommandDeps {
  /** @throws DomainError pipeline.unavailable */
  readonly client: () => PipelineClient;
  /** The stream as the pipeline lists it now. @throws DomainError pipeline.unavailable | stream.no-frame when it is not in */
  readonly entry: (stream: string) => Promise<PipelineStream>;
  /** Somebody looks: health comes more often for a while. */
  readonly watch: () => void;
  /** CA of the control plane, PEM: uploads to one's own server are checked against it too. */
  readonly caPem: string;
}

export type RunCommand<K extends CommandKind> = (
  deps: CommandDeps,
  args: CommandArgs<K>,
  requestId: string,
) => Promise<CommandResult<K>>;

const table: { readonly [K in CommandKind]: RunCommand<K> } = {
  "stream.force-idr": streamForceIdr,
  "stream.snapshot": streamSnapshot,
  "stream.stats": streamStats,
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

export const noPipeline = (): DomainError =>
  new DomainError("pipeline.unavailable", "the pipeline on the box does not answer");
