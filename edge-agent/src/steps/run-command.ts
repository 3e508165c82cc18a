/** What carrying out a command needs, and its form. */
import type { CommandArgs, CommandKind, CommandResult } from "@sightline/contracts/commands";
import type { ListedStream, PipelineDriver } from "../pipeline/driver.ts";

export interface CommandDeps {
  /** @throws DomainError pipeline.stopped | pipeline.unavailable */
  readonly driver: () => PipelineDriver;
  /** The stream as the pipeline lists it now. @throws DomainError as `driver`, or stream.no-frame when it is not in */
  readonly entry: (stream: string) => Promise<ListedStream>;
  /** Whether the camera is in the pipeline for a stream of the device. */
  readonly owns: (localName: string) => boolean;
  /** The camera, which was nobody's, is not in the pipeline any more. */
  readonly evicted: (localName: string) => Promise<void>;
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
