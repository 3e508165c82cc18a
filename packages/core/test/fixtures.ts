/** One of each noun for tests of pure parts; whatever a test sets matters to it. Ids are fresh and sort by birth. */
import { idPrefixes, type IdKind } from "@sightline/contracts/ids";
import { noError } from "@sightline/contracts/stream-report";
import type { Device, StoredDeviceReport } from "@sightline/core/device/device";
import type { StoredStreamReport, Stream } from "@sightline/core/stream/stream";
import type { User } from "@sightline/core/user/user";

let births = 0;

export function freshId(kind: IdKind): string {
  births += 1;
  return `${idPrefixes[kind]}_${births.toString().padStart(26, "0")}`;
}

export const bornAtMs = 1_800_000_000_000;

/** A generic user who sees nothing. */
export const makeUser = (some: Partial<User> = {}): User => ({
  ...{ organization: "org_1", id: 1, login: "ann", fullName: "", email: "", phone: "" },
  ...{ locale: "", note: "", accessLevel: "generic" as const, sites: {}, disabled: false },
  ...{ readonly: false, maxSessions: 0, passwordHash: "none", credentialVersion: 1, revision: 1 },
  ...{ createdAtMs: bornAtMs, updatedAtMs: bornAtMs },
  ...some,
});

/** Enrolled, offline and empty. */
export function makeDevice(some: Partial<Device> = {}): Device {
  const id = freshId("device");
  return {
    organization: "org_1",
    id,
    site: 1,
    name: `box-${id.slice(-4)}`,
    title: "",
    labels: {},
    identity: { certificateId: "c", sealingKey: "k", enrolledAtMs: bornAtMs },
    presence: { online: false, sinceAtMs: bornAtMs, version: 0, heardAtMs: 0 },
    slots: [],
    revision: 1,
    createdAtMs: bornAtMs,
    updatedAtMs: bornAtMs,
    ...some,
  };
}

/** Placed, enabled, without credentials. */
export function makeStream(some: Partial<Stream> = {}): Stream {
  const id = freshId("stream");
  return {
    organization: "org_1",
    id,
    site: 1,
    name: `door/${id.slice(-4)}`,
    title: "",
    labels: {},
    localName: `door_${id.slice(-4)}`,
    placement: { device: "dev_1", slot: 0, epoch: 1 },
    enabled: true,
    source: { url: "rtsp://192.168.1.40:554/stream1", transport: "auto" },
    settings: {},
    revision: 1,
    desiredAtMs: bornAtMs,
    desiredBy: "admin",
    requestId: "evt_1",
    createdAtMs: bornAtMs,
    ...some,
  };
}

/** Running, with everything applied. */
export function makeReport(
  stream: Stream,
  some: Partial<StoredStreamReport["report"]> & { readonly device?: string } = {},
): StoredStreamReport {
  const { device = stream.placement.device ?? "dev_1", ...report } = some;
  return {
    organization: stream.organization,
    stream: stream.id,
    device,
    name: "door",
    shadowVersion: 1,
    receivedAtMs: bornAtMs,
    report: {
      v: 1,
      revision: stream.revision,
      state: "running",
      sinceAtMs: bornAtMs,
      error: noError,
      applied: { url: stream.source.url, settings: { "decoder.dropFrameInterval": 0 } },
      output: { rtspUrl: "" },
      video: { width: 1920, height: 1080 },
      atMs: bornAtMs,
      ...report,
    },
  };
}

/** Its pipeline runs, nothing was asked of it, and it has no stream. */
export const makeDeviceReport = (
  some: Partial<StoredDeviceReport["report"]> = {},
): StoredDeviceReport => ({
  ...{ organization: "org_1", device: "dev_1", shadowVersion: 1, receivedAtMs: bornAtMs },
  report: {
    ...{ v: 1, manifest: {}, bootId: "boot", unmanaged: [], controls: {}, atMs: bornAtMs },
    versions: { agent: "0.1.0", pipeline: "", backend: "" },
    pipeline: { state: "running", restarts: 0, release: "" },
    wish: { revision: 0, error: noError, settings: {} },
    ...some,
  },
});
