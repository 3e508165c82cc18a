/** What carrying out a command needs, and its form. */
import type { CommandArgs, CommandKind, CommandResult } from "@sightline/contracts/commands";
import type { PipelineStream } from "@sightline/contracts/pipeline-api";
import type { PipelineClient } from "../pipeline/client.ts";

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
