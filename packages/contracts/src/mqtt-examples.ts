/** One box as the AsyncAPI document shows it: `gate` on a Jetson, its commands and what it says. */
import type { CommandKind, CommandArgs, CommandResult } from "./commands.ts";
import type { DeviceReport, HealthReport, Hello } from "./device-report.ts";
import type { DeviceDesired, StreamDesired } from "./desired-state.ts";
import { noError, type StreamReport } from "./stream-report.ts";

export const atMs = 1_790_000_000_000;
const ulid = "01k9x3v4m5n6p7q8r9s0t1v2w3";
const stream = `str_${ulid}`;
const other = "str_01k9x3v4m5n6p7q8r9s0t1v2w4";
export const commandId = `cmd_${ulid}`;
const versions = { agent: "0.1.0", pipeline: "0.1.0", backend: "software" };
const bootId = "5f0c1c0e-6f3b-4f0e-9d5a-2f6f0b7f4a11";
/** SHA-256 hex. */
const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

export const argsOf: { readonly [K in CommandKind]: CommandArgs<K> } = {
  "stream.force-idr": { stream },
  "stream.force-intra": { stream },
  "stream.snapshot": { stream, uploadUrl: "https://sightline.example/blobs/one-time" },
  "stream.stats": { stream },
  "device.remove-unmanaged": { localName: "test-camera" },
  "device.reload-analytics": { configPath: "/etc/sightline/config_nvdsanalytics.txt" },
};

export const resultOf: { readonly [K in CommandKind]: CommandResult<K> } = {
  "stream.force-idr": { idrFrames: 12 },
  "stream.force-intra": {},
  "stream.snapshot": { frameAtMs: atMs + 20, sizeBytes: 48_211 },
  "stream.stats": {
    state: "running",
    frames: 90_120,
    fps: 15,
    kbps: 2_048,
    lastFrameAtMs: atMs + 20,
    restarts: 0,
    width: 1920,
    height: 1080,
    clients: 1,
    bytesOut: 1_540_022_112,
    idrFrames: 1_502,
  },
  "device.remove-unmanaged": {},
  "device.reload-analytics": {},
};

export const hello: Hello = {
  v: 1,
  bootId,
  versions,
  manifestHash: hash,
  facts: {
    manufacturer: "NVIDIA",
    model: "Jetson Orin Nano",
    serialNumber: "1421223012345",
    hardwareId: "p3767-0003",
    os: "Ubuntu 22.04",
    firmware: "36.4.3",
    localIp: "10.0.0.17",
    mac: "48:b0:2d:00:00:01",
    timeZone: "Europe/Berlin",
  },
  atMs,
};

const pem = (label: string): string => `-----BEGIN ${label}-----\nMIIB…\n-----END ${label}-----\n`;

export const certificateMessages = [{ v: 1, csr: pem("CERTIFICATE REQUEST") }, { v: 1 }] as const;

export const certificateAnswer = {
  v: 1,
  csrHash: hash,
  certificatePem: pem("CERTIFICATE"),
  certificateLife: { issuedAtMs: atMs, expiresAtMs: atMs + 365 * 86_400_000 },
} as const;

export const health: HealthReport = {
  v: 1,
  atMs,
  startedAtMs: atMs - 86_400_000,
  uptimeS: 86_400,
  cpuPercent: 31.5,
  memory: { usedBytes: 2_100_000_000, totalBytes: 8_000_000_000 },
  partitions: [{ path: "/", usedBytes: 21_000_000_000, totalBytes: 64_000_000_000 }],
  network: { inKbit: 8_192, outKbit: 2_048 },
  temperatureC: 52.5,
  gpuPercent: 18,
  streams: { [stream]: ["running", 15, 2_048, 90_120, 0] },
  droppedEvents: 0,
};

export const deviceDesired: DeviceDesired = {
  v: 1,
  manifest: { [stream]: 4 },
  wish: {
    revision: 2,
    requestId: "evt_01k9x3v4m5n6p7q8r9s0t1v2w6",
    pipeline: "running",
    settings: { "mux.batchedPushTimeoutUs": 33_000 },
  },
};

export const deviceReport: DeviceReport = {
  v: 1,
  manifest: { [stream]: 4 },
  bootId,
  versions,
  pipeline: { state: "running", restarts: 0, release: "" },
  wish: { revision: 2, error: noError, settings: { "mux.batchedPushTimeoutUs": 33_000 } },
  controls: { "decoder.dropFrameInterval": "stream", "mux.batchedPushTimeoutUs": "device" },
  unmanaged: [{ localName: "test-camera", url: "rtsp://10.0.0.9/ch1", hasCredentials: false }],
  atMs,
};

/** `other` has left the pipeline. */
export const deviceReported = { ...deviceReport, manifest: { [stream]: 4, [other]: null } };

export const streamDesired: StreamDesired = {
  v: 1,
  id: stream,
  revision: 4,
  requestId: "evt_01k9x3v4m5n6p7q8r9s0t1v2w5",
  localName: "gate",
  enabled: true,
  source: { url: "rtsp://10.0.0.5/ch1", transport: "auto", credentials: "" },
  settings: { "decoder.dropFrameInterval": 2 },
};

export const streamReport: StreamReport = {
  v: 1,
  revision: 4,
  state: "running",
  sinceAtMs: atMs - 60_000,
  error: noError,
  applied: { url: "rtsp://10.0.0.5/ch1", settings: { "decoder.dropFrameInterval": 2 } },
  output: { rtspUrl: "rtsp://10.0.0.17:8554/gate" },
  video: { width: 1920, height: 1080 },
  atMs,
};
