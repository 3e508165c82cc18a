/** Which pipeline it is that the box has. */
import type { RunOptions } from "../options.ts";
import type { OpenKeeper } from "./keeper.ts";
import { tokenFileOf } from "./pipeline.ts";
import { Supervisor } from "./supervisor.ts";

export interface KeeperOptions {
  readonly folder: string;
  readonly run: RunOptions;
  /** Bearer of our host's additive routes. */
  readonly token: string;
}

export const openKeeper =
  ({ folder, run, token }: KeeperOptions): OpenKeeper =>
  (handlers) =>
    new Supervisor(
      {
        binary: run.pipelineBin,
        port: run.pipelinePort,
        rtspPort: run.rtspPort,
        tokenFile: tokenFileOf(folder),
        token,
        mediaDir: run.mediaDir,
        analyticsDir: run.analyticsDir,
        allowSources: run.allowSources,
      },
      handlers,
    );
