/** What a device says of itself: the greeting on connect, its own shadow, and the health report of every minute. */
import * as z from "zod";
import { SettingValue } from "./settings.ts";
import { noError, ReportedError, StreamState } from "./stream-report.ts";

/** What the box is. Empty text where the platform does not tell. */
export const DeviceFacts = z.object({
  manufacturer: z.string().max(128),
  model: z.string().max(128),
  serialNumber: z.string().max(128),
  /** Device tree or DMI, else as configured. */
  hardwareId: z.string().max(128),
  os: z.string().max(128),
  firmware: z.string().max(128),
  localIp: z.string().max(64),
  mac: z.string().max(32),
  timeZone: z.string().max(64),
});
export type DeviceFacts = z.infer<typeof DeviceFacts>;

export const DeviceVersions = z.object({
  agent: z.string().max(64),
  /** Empty while no pipeline has answered. */
  pipeline: z.string().max(64),
  backend: z.string().max(64),
});
export type DeviceVersions = z.infer<typeof DeviceVersions>;

/** On `evt/{app}/{stage}/{thing}/hello`, after every connect: the cloud answers with a sync and the pending commands. */
export const Hello = z.object({
  v: z.literal(1),
  /** Fresh at every boot of the box. */
  bootId: z.string().max(64),
  versions: DeviceVersions,
  /** SHA-256 hex of the manifest that the device holds, see `manifestHash`. */
  manifestHash: z.string().max(64),
  facts: DeviceFacts,
  atMs: z.number(),
});
export type Hello = z.infer<typeof Hello>;

/** `{streamId: revision}`: the only truth about which streams a device holds. */
export const Manifest = z.record(z.string(), z.number().int());
export type Manifest = z.infer<typeof Manifest>;

/** A stream that somebody put into the pipeline on the box: drift, until it is adopted or reverted. */
export const UnmanagedStream = z.object({
  /** camera_id in the pipeline. */
  localName: z.string().max(128),
  /** Without userinfo; empty where the pipeline does not tell. */
  url: z.string().max(512),
  /** The URL had userinfo, which does not leave the box. */
  hasCredentials: z.boolean(),
});
export type UnmanagedStream = z.infer<typeof UnmanagedStream>;

/** The reported half of the shadow `device`. A stream that left the pipeline is set to null by the device's update. */
export const DeviceReport = z.object({
  v: z.literal(1),
  /** Revisions answered so far: equal to the desired manifest once all is carried out. */
  manifest: Manifest,
  bootId: z.string().max(64),
  versions: DeviceVersions,
  pipeline: z.object({
    /** `stopped`: as was asked for. */
    state: z.enum(["starting", "running", "unavailable", "stopped"]),
    restarts: z.number().int(),
    /** DeepStream's release as the server says it, for one that is not ours; else empty. */
    release: z.string().max(16).default(""),
  }),
  /** The answer to `wish` of the desired half. */
  wish: z
    .object({
      /** Carried out, or refused with `error`; 0 while none is. */
      revision: z.number().int(),
      error: ReportedError,
      /** In force, of those that a device can have. */
      settings: z.record(z.string(), SettingValue),
    })
    .default({ revision: 0, error: noError, settings: {} }),
  /** Settings that the pipeline can carry out, and whether for one stream or for all; empty while no pipeline has answered. */
  controls: z.record(z.string(), z.enum(["stream", "device"])).default({}),
  /** Streams in the pipeline that nobody asked for, 16 at most. */
  unmanaged: z.array(UnmanagedStream).max(16),
  atMs: z.number(),
});
export type DeviceReport = z.infer<typeof DeviceReport>;

/** `[state, fps, kbps, frames, restarts]`: short, so that a box with 16 streams fits into two write units. */
export const HealthStream = z.tuple([
  StreamState,
  z.number(),
  z.number(),
  z.number().int(),
  z.number().int(),
]);

/** On `health/{app}/{stage}/{thing}/report`. Sizes in bytes, shares in percent. */
export const HealthReport = z.object({
  v: z.literal(1),
  atMs: z.number(),
  startedAtMs: z.number(),
  uptimeS: z.number(),
  cpuPercent: z.number(),
  memory: z.object({ usedBytes: z.number(), totalBytes: z.number() }),
  partitions: z
    .array(z.object({ path: z.string().max(64), usedBytes: z.number(), totalBytes: z.number() }))
    .max(8),
  network: z.object({ inKbit: z.number(), outKbit: z.number() }),
  /** Degrees Celsius of the hottest zone; absent where the box has no sensor. */
  temperatureC: z.number().optional(),
  /** Absent where there is none. */
  gpuPercent: z.number().optional(),
  streams: z.record(z.string(), HealthStream),
  /** Events that did not fit into the queue on disk since the last report. */
  droppedEvents: z.number().int(),
  /** What is wrong with the box itself, by code; absent while nothing is. */
  problems: z.array(ReportedError).max(8).optional(),
});
export type HealthReport = z.infer<typeof HealthReport>;

/** Canonical text of a manifest, for hashing on both sides. */
export const manifestText = (manifest: Manifest): string =>
  Object.entries(manifest)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, revision]) => `${id}:${revision}`)
    .join("\n");
