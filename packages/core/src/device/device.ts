import type { CertificateLife } from "@sightline/contracts/certificate";
import type { PipelineWanted } from "@sightline/contracts/desired-state";
import type {
  DeviceFacts,
  DeviceReport,
  DeviceVersions,
  HealthReport,
} from "@sightline/contracts/device-report";
import type { DeviceSettings } from "@sightline/contracts/settings";

/** One edge box: one thing in the gateway. */
export interface Device {
  readonly organization: string;
  readonly id: string;
  readonly site: number;
  /** A hostname, unique in the organization, immutable. */
  readonly name: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent until a box has enrolled. */
  readonly identity?: DeviceIdentity;
  readonly presence: DevicePresence;
  /** What the box said of itself at its last hello. */
  readonly greeting?: DeviceGreeting;
  /** Slots taken by its streams; each is the stream's numeric `stream_id` in DeepStream's dialect. */
  readonly slots: readonly number[];
  /** What the box should be besides its streams. Absent until somebody has asked for anything. */
  readonly wish?: DeviceWish;
  /** Counts what people change (labels, title, wish), for `If-Match`. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface DeviceWish {
  readonly pipeline: PipelineWanted;
  readonly settings: DeviceSettings;
  /** Counts changes of the two. */
  readonly revision: number;
  readonly desiredAtMs: number;
  /** Who made the last change, and with which request. */
  readonly desiredBy: string;
  readonly requestId: string;
}

export interface DeviceIdentity {
  readonly certificateId: string;
  /** X25519 public key, base64url. */
  readonly sealingKey: string;
  readonly enrolledAtMs: number;
  /** Absent for what enrolled before lives were kept. */
  readonly certificateLife?: CertificateLife;
  readonly renewal?: DeviceRenewal;
  /** The certificate before this one, until it is revoked. */
  readonly retiring?: string;
}

/** The next certificate of a device, until a message has come by it. */
export interface DeviceRenewal {
  /** SHA-256 hex. */
  readonly csrHash: string;
  /** Nobody else carries it out before this time. */
  readonly issuingUntilMs: number;
  /** Absent until it is made. */
  readonly certificateId?: string;
  readonly certificateLife?: CertificateLife;
}

/** Presence events come late, twice and out of order: only a higher version counts. */
export interface DevicePresence {
  readonly online: boolean;
  /** Since when `online` is what it is. */
  readonly sinceAtMs: number;
  /** Version of the newest presence event taken in; -1 before the first. */
  readonly version: number;
  /** Set by a disconnect: when the device counts as offline unless it is heard of before. */
  readonly offlineDueAtMs?: number;
  /** Last sign of life: presence event, hello, report or health. */
  readonly heardAtMs: number;
}

export interface DeviceGreeting {
  readonly bootId: string;
  readonly versions: DeviceVersions;
  readonly facts: DeviceFacts;
  readonly atMs: number;
}

/** The device's own shadow, as last reported. */
export interface StoredDeviceReport {
  readonly organization: string;
  readonly device: string;
  readonly shadowVersion: number;
  readonly report: DeviceReport;
  readonly receivedAtMs: number;
}

export interface StoredHealth {
  readonly organization: string;
  readonly device: string;
  readonly report: HealthReport;
  readonly receivedAtMs: number;
}
