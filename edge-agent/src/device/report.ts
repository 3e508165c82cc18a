/** From what is seen to what the device's own shadow says. Pure. */
import type {
  DeviceReport,
  DeviceVersions,
  UnmanagedStream,
} from "@sightline/contracts/device-report";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Observed } from "../plan.ts";
import { jsonBytes, reportBytesMax } from "../stream/report-size.ts";
import { agentVersion } from "../version.ts";

export interface DeviceSeen extends Pick<DeviceReport, "manifest" | "bootId" | "wish" | "atMs"> {
  readonly pipeline: Pick<Pipeline, "about" | "state" | "restarts">;
  readonly unmanaged: Observed["unmanaged"];
}

/** As reports have them. */
const versionCharactersMax = 64;
const releaseCharactersMax = 16;
const urlCharactersMax = 512;
const unmanagedMax = 16;

export const versionsOf = ({ about }: Pick<Pipeline, "about">): DeviceVersions => ({
  agent: agentVersion,
  pipeline: about.version.slice(0, versionCharactersMax),
  backend: about.backend.slice(0, versionCharactersMax),
});

export function deviceReport({ pipeline, unmanaged, ...seen }: DeviceSeen): DeviceReport {
  const { about, state, restarts } = pipeline;
  const report: DeviceReport = {
    v: 1,
    manifest: seen.manifest,
    bootId: seen.bootId,
    versions: versionsOf(pipeline),
    pipeline: { state, restarts, release: about.release.slice(0, releaseCharactersMax) },
    wish: seen.wish,
    controls: { ...about.controls },
    unmanaged: [],
    atMs: seen.atMs,
  };
  if (unmanaged.size === 0) return report;
  let roomBytes = reportBytesMax - jsonBytes(report);
  // Those that do not fit come when others have gone.
  const shown = [...unmanaged].map(unmanagedStream).filter((stream) => {
    roomBytes -= jsonBytes(stream) + 1;
    return roomBytes >= 0;
  });
  return { ...report, unmanaged: shown.slice(0, unmanagedMax) };
}

/** Half a URL would be another one. */
const unmanagedStream = ([localName, { url, hasCredentials }]: [
  string,
  { readonly url: string; readonly hasCredentials: boolean },
]): UnmanagedStream => ({
  localName: localName.slice(0, 128),
  url: url.length > urlCharactersMax ? "" : url,
  hasCredentials,
});
