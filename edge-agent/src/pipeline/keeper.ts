/** Who keeps a pipeline there: our supervisor, or a watch on a server that somebody else runs (`stock/`). */
import type { CameraRef, PipelineDriver } from "./driver.ts";

/** A pipeline process that answers. */
export interface RunningPipeline {
  readonly driver: PipelineDriver;
  /** 0 where it is not ours to know. */
  readonly pid: number;
  readonly url: string;
  /** Rings when something happened in the pipeline; absent where it does not tell, and its list alone is looked at. */
  readonly openEvents?: (ring: () => void) => { close(): void };
  /** In it already, by the very URLs that this agent added them with; absent where a process starts with nothing. */
  readonly found?: readonly CameraRef[];
  /** Least time between two lists that nobody asked for; absent: the observer's own. */
  readonly listIntervalMs?: number;
}

/** `soon`: whoever ends it is being found, which takes a few restarts; `later`: with growing back-off. */
export type Restart = "soon" | "later";

export interface KeeperHandlers {
  /** Another process, which holds nothing yet but what was found there. */
  readonly up: (running: RunningPipeline) => void;
  /** `clean`: it ended of its own will, in good order. */
  readonly down: (end: { readonly clean: boolean }) => Restart;
}

export interface PipelineKeeper {
  /** False where the process is somebody else's: `stop` leaves it as it is. */
  readonly canStop: boolean;
  /** Processes after the first one that nobody had asked for. */
  readonly restarts: number;
  start(): void;
  /** Ends a process that is no use any more; another one is started. */
  kill(reason: string): void;
  /** Ends the process in good order; resolves when it is gone. It may be started again. */
  stop(): Promise<void>;
}

export type OpenKeeper = (handlers: KeeperHandlers) => PipelineKeeper;
