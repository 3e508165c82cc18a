/** What boxes say of themselves; every value has a default, so whatever a test sets matters. */
import type { DeviceFacts, DeviceReport, HealthReport } from "@sightline/contracts/device-report";
import { noError } from "@sightline/contracts/stream-report";

export const noFacts: DeviceFacts = {
  manufacturer: "",
  model: "",
  serialNumber: "",
  hardwareId: "",
  os: "",
  firmware: "",
  localIp: "",
  mac: "",
  timeZone: "",
};

export const healthReport = (some: Partial<HealthReport> = {}): HealthReport => ({
  v: 1,
  atMs: 1,
  startedAtMs: 1,
  uptimeS: 1,
  cpuPercent: 1,
  memory: { usedBytes: 1, totalBytes: 2 },
  partitions: [],
  network: { inKbit: 0, outKbit: 0 },
  streams: {},
  droppedEvents: 0,
  ...some,
});

/** Null in the manifest for a stream that the box no longer has. */
export const deviceReport = (
  manifest: Readonly<Record<string, number | null>>,
  some: Partial<DeviceReport> = {},
) => ({
  v: 1,
  manifest,
  bootId: "boot-1",
  versions: { agent: "0.1.0", pipeline: "", backend: "" },
  pipeline: { state: "running", restarts: 0, release: "" },
  wish: { revision: 0, error: noError, settings: {} },
  controls: {},
  unmanaged: [],
  atMs: Date.now(),
  ...some,
});
