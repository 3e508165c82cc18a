import type { StoredStreamReport, Stream } from "./stream.ts";

/** The device that the stream is on has answered this revision, or a later one. */
export const hasAnswered = (
  stored: StoredStreamReport | undefined,
  { placement, revision }: Stream,
): boolean =>
  stored !== undefined && stored.device === placement.device && stored.report.revision >= revision;
