/** Which pipeline it is that the box has. */
import type { Journal } from "../journal/journal.ts";
import type { RunOptions } from "../options.ts";
import type { OpenKeeper } from "./keeper.ts";
import { tokenFileOf } from "./pipeline.ts";
import { AddedUrls } from "./stock/added-urls.ts";
import { StockWatch } from "./stock/watch.ts";
import { Supervisor } from "./supervisor.ts";

export interface KeeperOptions {
  readonly folder: string;
  readonly run: RunOptions;
  /** Bearer of our host's additive routes. */
  readonly token: string;
  readonly journal: Journal;
}

export const openKeeper =
  ({ folder, run, token, journal }: KeeperOptions): OpenKeeper =>
  (handlers) => {
    if (run.pipelineUrl !== undefined) {
      const { pipelineUrl: url, pipelineProfile: profile, allowSources, mediaDir } = run;
      const sources = { allowSources, mediaDir };
      return new StockWatch({ url, profile, sources, urls: new AddedUrls(journal) }, handlers);
    }
    return new Supervisor(
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
  };
