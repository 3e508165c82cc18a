/** From what is wanted and what is seen to what is reported of a stream. Pure. */
import type { SettingValue } from "@sightline/contracts/settings";
import { unsupportedSetting } from "@sightline/contracts/settings";
import {
  noError,
  type ReportedError,
  type StreamReport,
  type StreamState,
} from "@sightline/contracts/stream-report";
import type { SomeSettings } from "../pipeline/applied.ts";
import type { ListedStream } from "../pipeline/driver.ts";
import type { Observed } from "../plan.ts";
import type { HeldStream } from "./desired-state.ts";
import { fitReport } from "./report-size.ts";

export type PipelineState = "starting" | "running" | "unavailable" | "stopped";

export interface StatusInput {
  readonly held: HeldStream;
  /** Newest revision carried out or refused since the agent started; 0 for none. */
  readonly answered: number;
  /** Why the pipeline refused the answered revision. */
  readonly failure: ReportedError | undefined;
  readonly quarantined: boolean;
  readonly pipeline: PipelineState;
  readonly entry: ListedStream | undefined;
  /** As the pipeline shows them, else as they were sent. */
  readonly settings: SomeSettings;
  /** What somebody has changed on the box, with what it was set to. */
  readonly drift: SomeSettings;
  readonly controls: Observed["controls"];
  readonly nowMs: number;
  readonly last: Pick<StreamReport, "state" | "sinceAtMs"> | undefined;
}

/** Undefined while there is nothing to say yet: the agent has just started. */
export function streamReport(input: StatusInput): StreamReport | undefined {
  const { held, answered, entry, nowMs, last } = input;
  if (answered === 0 && input.pipeline !== "unavailable") return undefined;
  const { state, error } = judge(input);
  const ownSinceMs = last?.state === state ? last.sinceAtMs : nowMs;
  return fitReport({
    v: 1,
    revision: answered,
    state,
    sinceAtMs: entry?.state === state && entry.sinceAtMs > 0 ? entry.sinceAtMs : ownSinceMs,
    error: { code: error.code.slice(0, 64), text: error.text.slice(0, 512) },
    applied: {
      url: entry ? (held.desired?.source.url.slice(0, 2048) ?? "") : "",
      settings: entry ? settingsOf(input) : {},
    },
    ...(Object.keys(input.drift).length > 0 && { drift: { ...input.drift } }),
    output: { rtspUrl: entry?.output.rtspUrl.slice(0, 2048) ?? "" },
    video: { width: entry?.width ?? 0, height: entry?.height ?? 0 },
    atMs: nowMs,
  });
}

/** What the stream has of its own; what it should have and the pipeline cannot give it is said to be so. */
function settingsOf({ held, settings, controls }: StatusInput): Record<string, SettingValue> {
  const isOwn = (key: string): boolean =>
    Object.entries(controls).some(([known, scope]) => known === key && scope === "stream");
  const known = Object.entries(settings).filter(([key]) => isOwn(key));
  const unsupported = Object.keys(held.desired?.settings ?? {})
    .filter((key) => !isOwn(key))
    .map((key) => [key, unsupportedSetting]);
  return Object.fromEntries([...known, ...unsupported]);
}

const counterMax = Math.floor(Number.MAX_SAFE_INTEGER / 10);

/** `fps, kbps, frames, restarts` of a health report. Past what is finite JSON has null, and the whole report would be refused. */
export const healthCounters = (entry: ListedStream | undefined): readonly number[] =>
  entry
    ? [entry.fps, entry.kbps, entry.frames, entry.restarts].map(
        (value) => Math.round(Math.max(0, Math.min(value, counterMax)) * 10) / 10,
      )
    : [0, 0, 0, 0];

/** What counts as a change: everything but the time of the report. */
export const reportFingerprint = (report: StreamReport): string =>
  JSON.stringify({ ...report, atMs: 0 });

interface Judgement {
  readonly state: StreamState;
  readonly error: ReportedError;
}

const quarantined: ReportedError = {
  code: "stream.quarantined",
  text: "the stream ended the pipeline three times; change it to try again",
};
const noPipeline: ReportedError = {
  code: "pipeline.unavailable",
  text: "the pipeline on the box does not answer",
};
const stoppedPipeline: ReportedError = {
  code: "pipeline.stopped",
  text: "the pipeline on the box is stopped, as was asked for",
};

function judge({ held, failure, entry, pipeline, ...rest }: StatusInput): Judgement {
  if (held.refused)
    return { state: "refused", error: { code: "input.invalid", text: held.refused.text } };
  if (rest.quarantined) return { state: "quarantined", error: quarantined };
  if (held.obstacle) return { state: "refused", error: held.obstacle };
  if (held.desired?.enabled === false && !entry) return { state: "stopped", error: noError };
  if (pipeline === "stopped") return { state: "stopped", error: stoppedPipeline };
  if (failure) return { state: "refused", error: failure };
  if (pipeline !== "running") return { state: "unknown", error: noPipeline };
  if (entry) return { state: entry.state, error: entry.error ?? noError };
  return { state: "connecting", error: noError };
}
