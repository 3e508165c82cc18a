/** One of each noun; whatever a test sets matters to it. Ids are fresh and sort by birth. */
import { randomBytes } from "node:crypto";
import { idPrefixes, type IdKind } from "@sightline/contracts/ids";
import { noError } from "@sightline/contracts/stream-report";
import type { AccessToken } from "@sightline/core/access/principal";
import type { AuditRecord } from "@sightline/core/audit/audit";
import type { Session } from "@sightline/core/session/session";
import type { Command } from "@sightline/core/command/command";
import type { Device, StoredDeviceReport, StoredHealth } from "@sightline/core/device/device";
import type { IdempotencyClaimant, KeptAnswer, Store } from "@sightline/core/ports/store";
import type { Enrolment } from "@sightline/core/enrolment/enrolment";
import type { Folder } from "@sightline/core/folder/folder";
import type { Organization } from "@sightline/core/organization/organization";
import type { Site } from "@sightline/core/site/site";
import type { StoredStreamReport, Stream } from "@sightline/core/stream/stream";
import type { User } from "@sightline/core/user/user";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
let births = 0;

export function freshId(kind: IdKind): string {
  births += 1;
  const count = births.toString().padStart(10, "0");
  const random = [...randomBytes(16)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return `${idPrefixes[kind]}_${count}${random}`;
}

const bornAtMs = 1_800_000_000_000;

export function makeSite(some: Pick<Site, "organization"> & Partial<Site>): Site {
  const id = some.id ?? (births += 1);
  return { id, name: `site-${id}`, title: "Site", revision: 1, createdAtMs: bornAtMs, ...some };
}

export function makeFolder(some: Pick<Folder, "organization"> & Partial<Folder>): Folder {
  const id = some.id ?? (births += 1);
  const made = { revision: 1, createdAtMs: bornAtMs, updatedAtMs: bornAtMs };
  return { id, site: 1, title: `Hall ${id}`, ...made, ...some };
}

export function makeDevice(some: Pick<Device, "organization"> & Partial<Device>): Device {
  const id = freshId("device");
  return {
    id,
    site: 1,
    name: `box-${id.slice(-8)}`,
    title: "Box at the door",
    labels: { floor: "1" },
    presence: { online: false, sinceAtMs: bornAtMs, version: 0, heardAtMs: bornAtMs },
    slots: [],
    revision: 1,
    createdAtMs: bornAtMs,
    updatedAtMs: bornAtMs,
    ...some,
  };
}

/** Enrolled and greeted, of the size that real ones have. */
export function makeBusyDevice(some: Pick<Device, "organization"> & Partial<Device>): Device {
  return makeDevice({
    identity: {
      certificateId: randomBytes(32).toString("hex"),
      sealingKey: randomBytes(32).toString("base64url"),
      enrolledAtMs: bornAtMs,
      certificateLife: { issuedAtMs: bornAtMs, expiresAtMs: bornAtMs + 365 * 86_400_000 },
    },
    greeting: {
      bootId: "0d1e8f4e-8c7a-4a43-9a5e-2f1b6f1f7a11",
      versions: { agent: "0.1.0", pipeline: "0.1.0", backend: "deepstream 7.1" },
      facts: {
        manufacturer: "NVIDIA",
        model: "Jetson Orin Nano Developer Kit",
        serialNumber: "1421522077333",
        hardwareId: "p3768-0000+p3767-0005",
        os: "Ubuntu 22.04",
        firmware: "36.4.3",
        localIp: "192.168.1.23",
        mac: "48:b0:2d:00:00:01",
        timeZone: "Europe/Berlin",
      },
      atMs: bornAtMs,
    },
    ...some,
  });
}

export function makeStream(some: Pick<Stream, "organization"> & Partial<Stream>): Stream {
  const id = freshId("stream");
  const name = some.name ?? `door/${id.slice(-8)}`;
  return {
    id,
    site: 1,
    name,
    title: "Front door",
    labels: { floor: "1" },
    localName: name.replaceAll("/", "_"),
    placement: { epoch: 0 },
    enabled: true,
    source: { url: "rtsp://192.168.1.40:554/stream1", transport: "auto" },
    settings: {},
    revision: 1,
    desiredAtMs: bornAtMs,
    desiredBy: "admin@example.com",
    requestId: "req_01k9x3v4m5n6p7q8r9s0t1v2w3",
    createdAtMs: bornAtMs,
    ...some,
  };
}

export const makeCredentials = (): NonNullable<Stream["source"]["credentials"]> => ({
  username: "viewer",
  encrypted: randomBytes(80).toString("base64url"),
  sealed: {
    sealingKey: randomBytes(32).toString("base64url"),
    text: `1.${randomBytes(32).toString("base64url")}.${randomBytes(64).toString("base64url")}`,
  },
});

export function makeStreamReport(
  of: Pick<StoredStreamReport, "organization" | "stream" | "device"> & { readonly name?: string },
  shadowVersion = 1,
): StoredStreamReport {
  return {
    name: "door",
    ...of,
    shadowVersion,
    report: {
      v: 1,
      revision: 1,
      state: "running",
      sinceAtMs: bornAtMs,
      error: noError,
      applied: {
        url: "rtsp://192.168.1.40:554/stream1",
        settings: { "decoder.dropFrameInterval": 2 },
      },
      output: { rtspUrl: "rtsp://192.168.1.23:8554/door" },
      video: { width: 1920, height: 1080 },
      atMs: bornAtMs,
    },
    receivedAtMs: bornAtMs,
  };
}

export function makeDeviceReport(
  of: Pick<StoredDeviceReport, "organization" | "device">,
  shadowVersion = 1,
): StoredDeviceReport {
  return {
    ...of,
    shadowVersion,
    report: {
      v: 1,
      manifest: { [freshId("stream")]: 3 },
      bootId: "boot",
      versions: { agent: "0.1.0", pipeline: "0.1.0", backend: "software" },
      pipeline: { state: "running", restarts: 0, release: "" },
      wish: { revision: 0, error: noError, settings: {} },
      controls: {},
      unmanaged: [],
      atMs: bornAtMs,
    },
    receivedAtMs: bornAtMs,
  };
}

export function makeHealth(
  of: Pick<StoredHealth, "organization" | "device">,
  { streams = 1, receivedAtMs = bornAtMs } = {},
): StoredHealth {
  return {
    ...of,
    receivedAtMs,
    report: {
      v: 1,
      atMs: receivedAtMs,
      startedAtMs: bornAtMs,
      uptimeS: 86_400,
      cpuPercent: 37.5,
      memory: { usedBytes: 3_221_225_472, totalBytes: 8_201_940_992 },
      partitions: [{ path: "/", usedBytes: 21_474_836_480, totalBytes: 62_725_623_808 }],
      network: { inKbit: 65_536, outKbit: 4_096 },
      temperatureC: 51.5,
      gpuPercent: 42,
      streams: Object.fromEntries(
        Array.from({ length: streams }, () => [
          freshId("stream"),
          ["running", 24.97, 4096, 123_456_789, 2] as const,
        ]),
      ) as StoredHealth["report"]["streams"],
      droppedEvents: 0,
    },
  };
}

export function makeCommand(
  some: Pick<Command, "organization" | "device"> & Partial<Command>,
): Command {
  return {
    id: freshId("command"),
    kind: "stream.force-idr",
    args: { stream: "str_01k9x3v4m5n6p7q8r9s0t1v2w3" },
    state: "queued",
    issuedBy: "admin@example.com",
    requestId: "req_01k9x3v4m5n6p7q8r9s0t1v2w3",
    issuedAtMs: bornAtMs,
    expiresAtMs: bornAtMs + 60_000,
    changedAtMs: bornAtMs,
    ...some,
  };
}

export function makeEnrolment(some: Partial<Enrolment> = {}): Enrolment {
  return {
    id: freshId("enrolment"),
    secretHash: randomBytes(32).toString("hex"),
    organization: freshId("organization"),
    device: freshId("device"),
    state: "unused",
    createdAtMs: bornAtMs,
    expiresAtMs: bornAtMs + 3_600_000,
    ...some,
  };
}

export const makeAnswer = (certificatePem = "CERTIFICATE"): NonNullable<Enrolment["answer"]> => ({
  app: "sightline",
  stage: "test",
  organization: "org_1",
  device: { id: "dev_1", name: "box" },
  thing: "sightline-test-dev_1",
  certificatePem,
  caPem: "CA",
  mqtt: { host: "localhost", port: 8883 },
});

export function makeOrganization(some: Partial<Organization> = {}): Organization {
  const id = freshId("organization");
  return {
    id,
    name: "test",
    loginPrefix: `${some.id ?? id}/`,
    loginBlockMs: 60_000,
    revision: 1,
    createdAtMs: bornAtMs,
    ...some,
  };
}

export const makeSession = (some: Partial<Session> = {}): Session => ({
  organization: freshId("organization"),
  user: 1,
  id: freshId("session"),
  refreshHash: randomBytes(32).toString("hex"),
  credentialVersion: 1,
  originator: "2001:db8:1:2::/64",
  startedAtMs: bornAtMs,
  refreshedAtMs: bornAtMs,
  expiresAtMs: bornAtMs + 30 * 86_400_000,
  ...some,
});

export const makeUser = (some: Partial<User> = {}): User => ({
  organization: freshId("organization"),
  id: 1,
  login: `${freshId("event")}@example.com`,
  fullName: "Änne",
  email: "",
  phone: "",
  locale: "de",
  note: "",
  accessLevel: "generic",
  sites: { "7": ["member", "edit-streams"] },
  disabled: false,
  readonly: false,
  maxSessions: 0,
  passwordHash: "scrypt$16384$8$1$c2FsdA$aGFzaA",
  credentialVersion: 1,
  revision: 1,
  createdAtMs: bornAtMs,
  updatedAtMs: bornAtMs,
  ...some,
});

export const makeToken = (some: Partial<AccessToken> = {}): AccessToken => ({
  id: freshId("token"),
  hash: randomBytes(32).toString("hex"),
  organization: freshId("organization"),
  user: 1,
  name: "script",
  scopes: ["streams:read"],
  audience: "api",
  createdAtMs: bornAtMs,
  ...some,
});

/** Of the size that real ones have. */
export const makeAuditRecord = (
  some: Pick<AuditRecord, "organization"> & Partial<AuditRecord>,
): AuditRecord => ({
  id: freshId("audit"),
  atMs: bornAtMs,
  actor: { kind: "token", id: freshId("token"), name: "script", user: 1 },
  operation: "PATCH /v1/streams/:stream",
  path: "/v1/streams/str_01k9x3v4m5n6p7q8r9s0t1v2w3",
  requestId: "evt_01k9x3v4m5n6p7q8r9s0t1v2w3",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  originator: "2001:db8:1234:5678::/64",
  ...some,
});

export const makeClaimant = (some: Partial<IdempotencyClaimant> = {}): IdempotencyClaimant => ({
  fingerprint: "0".repeat(43),
  owner: freshId("event"),
  seed: randomBytes(16).toString("base64url"),
  nowMs: bornAtMs,
  leaseUntilMs: bornAtMs + 30_000,
  expiresAtMs: bornAtMs + 86_400_000,
  ...some,
});

/** Of the size that the encrypted answer to a new stream has. */
export const makeKeptAnswer = (): KeptAnswer => ({
  status: 201,
  headers: { location: "/v1/streams/str_1", etag: '"1"', "content-type": "application/json" },
  body: "x".repeat(1_300),
});

/** When everything here was made. */
export const startMs = bornAtMs;

/** A device that is to be checked; returns its id. */
export async function markDevice(
  { devices }: Pick<Store, "devices">,
  organization: string,
  dueAtMs: number,
): Promise<string> {
  const id = freshId("device");
  await devices.setSyncDue(organization, id, dueAtMs);
  return id;
}

/** An enrolment that is being carried out for the CSR `a`; returns its id. */
export async function claimEnrolment({ enrolments }: Pick<Store, "enrolments">): Promise<string> {
  const enrolment = makeEnrolment();
  await enrolments.create(enrolment);
  await enrolments.claim(enrolment.id, { csrHash: "a", untilMs: Number.MAX_SAFE_INTEGER });
  return enrolment.id;
}
