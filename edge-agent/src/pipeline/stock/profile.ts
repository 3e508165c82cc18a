/** What the releases of NVIDIA's server can be asked, and how a server is known by its answers. */
import * as z from "zod";
import { DomainError } from "@sightline/contracts/errors";
import type { SettingKey, SettingScope } from "@sightline/contracts/settings";
import { parseJson } from "../../json.ts";
import type { StockServer } from "./server.ts";

export const PipelineProfile = z.enum(["auto", "7.1", "8.0", "9.1"]);
export type PipelineProfile = z.infer<typeof PipelineProfile>;

export interface StockProfile {
  /** As reported: what it is taken for, or what it says where that is newer. */
  readonly release: string;
  /** The list has `source_id`; without it nothing can be said to one stream. */
  readonly tellsSourceId: boolean;
  /** fps and frames, in `/api/v1/metrics`. */
  readonly hasMetrics: boolean;
  /** [DeepStream 9.0, 9.1] leak the list at every GET of `/api/v1`, so they are asked less often. */
  readonly listIntervalMs: number;
  readonly controls: Readonly<Partial<Record<SettingKey, SettingScope>>>;
}

const mux = {
  "mux.batchedPushTimeoutUs": "device",
  "mux.maxLatencyNs": "device",
} as const;

/** NVIDIA's server hands these to every stream, whichever is named. */
const downstream = {
  "detector.interval": "device",
  "osd.processMode": "device",
  "tracker.configPath": "device",
  "encoder.bitrate": "device",
  "encoder.iframeInterval": "device",
} as const;

const ofStream = {
  "decoder.dropFrameInterval": "stream",
  "decoder.skipFrames": "stream",
  "decoder.lowLatencyMode": "stream",
  "converter.srcCrop": "stream",
  "converter.destCrop": "stream",
  "converter.flipMethod": "stream",
  "converter.interpolationMethod": "stream",
  "detector.rois": "stream",
} as const;

const profiles: Readonly<Record<Exclude<PipelineProfile, "auto">, StockProfile>> = {
  "7.1": {
    release: "7.1",
    tellsSourceId: false,
    hasMetrics: false,
    listIntervalMs: 2_000,
    controls: mux,
  },
  "8.0": {
    release: "8.0",
    tellsSourceId: true,
    hasMetrics: false,
    listIntervalMs: 2_000,
    controls: { ...ofStream, ...downstream, ...mux },
  },
  "9.1": {
    release: "9.1",
    tellsSourceId: true,
    hasMetrics: true,
    listIntervalMs: 8_000,
    controls: { ...ofStream, ...downstream, ...mux },
  },
};

const Version = z.object({ version: z.string() });

/** 7.1 and 8.0 both say 7.0; only the later one has a health route. None of these requests can end a server. */
const paths = {
  version: "/version",
  health8: "/api/v1/health/get-dsready-state",
  ready9: "/api/v1/ready",
} as const;

/** Whether it answers at all; this route neither waits for the pipeline nor leaks. @throws DomainError pipeline.unavailable */
export async function readVersion(server: StockServer): Promise<string> {
  const { status, body } = await server.get(paths.version);
  const parsed = Version.safeParse(parseJson(body.toString("utf8")));
  if (status === 200 && parsed.success) return parsed.data.version;
  throw new DomainError(
    "pipeline.unavailable",
    `what answers at the pipeline's URL is no DeepStream server (${status})`,
  );
}

/** @throws DomainError pipeline.unavailable */
export async function recognize(
  server: StockServer,
  wanted: PipelineProfile,
): Promise<StockProfile> {
  const version = await readVersion(server);
  if (wanted !== "auto") return profiles[wanted];
  const said = /DeepStream-SDK (\d{1,3})\.(\d{1,3})/.exec(version);
  if (await isServed(server, paths.ready9)) {
    const isKnown = Number(said?.[1] ?? 0) >= 9;
    const release = isKnown ? `${said?.[1]}.${said?.[2]}` : profiles["9.1"].release;
    return { ...profiles["9.1"], release };
  }
  return (await isServed(server, paths.health8)) ? profiles["8.0"] : profiles["7.1"];
}

/** A route that is there answers with a reason; one that is not, with 404. Ready or not makes no difference. */
async function isServed(server: StockServer, path: string): Promise<boolean> {
  const { status, body } = await server.get(path);
  return status === 200 && body.toString("utf8").includes('"reason"');
}
