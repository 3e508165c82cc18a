/** Which pipeline it is that the box has. */
import type { Journal } from "../journal/journal.ts";
import type { RunOptions } from "../options.ts";
import type { OpenKeeper } from "./keeper.ts";
import { tokenFileOf } from "./pipeline.ts";
import { Supervisor } from "./supervisor.ts";

export interface KeeperOptions {
  readonly folder: string;
  readonly run: RunOptions;
  /** Bearer of our host's additive routes. */
  readonly token: string;
  readonly journal: Journal;
}

export async function openKeeper(options: KeeperOptions): Promise<OpenKeeper> {
  const { folder, run, token, journal } = options;
  if (run.pipelineUrl !== undefined) {
    const { pipelineUrl: url, pipelineProfile: profile, allowSources, mediaDir } = run;
    const sources = { allowSources, mediaDir };
    // Most boxes have our host, and memory to save.
    const { AddedUrls } = await import("./stock/added-urls.ts");
    const { StockWatch } = await import("./stock/watch.ts");
    const urls = new AddedUrls(journal);
    return (handlers) => new StockWatch({ url, profile, sources, urls }, handlers);
  }
  const supervised = {
    binary: run.pipelineBin,
    port: run.pipelinePort,
    rtspPort: run.rtspPort,
    tokenFile: tokenFileOf(folder),
    token,
    mediaDir: run.mediaDir,
    analyticsDir: run.analyticsDir,
    allowSources: run.allowSources,
  };
  return (handlers) => new Supervisor(supervised, handlers);
}
