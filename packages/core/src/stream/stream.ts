import type { StreamSettings } from "@sightline/contracts/settings";
import type { Transport } from "@sightline/contracts/desired-state";
import type { StreamReport } from "@sightline/contracts/stream-report";

/** One camera or video source, placed on a device or not yet. */
export interface Stream {
  readonly organization: string;
  readonly id: string;
  /** That of its device, where it is placed. */
  readonly site: number;
  /** One of the site; absent: in none. */
  readonly folder?: number;
  /** Unique in the organization, immutable, may contain `/`. */
  readonly name: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Unique on its device: the camera_id there. */
  readonly localName: string;
  readonly placement: Placement;
  readonly enabled: boolean;
  readonly source: StreamSource;
  readonly settings: StreamSettings;
  /** Counts desired changes, from 1. */
  readonly revision: number;
  readonly desiredAtMs: number;
  /** Who made the last desired change, and with which request. */
  readonly desiredBy: string;
  readonly requestId: string;
  readonly createdAtMs: number;
}

export interface Placement {
  /** Absent: the stream waits. */
  readonly device?: string;
  /** Stable while it is placed there. */
  readonly slot?: number;
  /** Counts moves. */
  readonly epoch: number;
}

export interface StreamSource {
  /** Without userinfo. */
  readonly url: string;
  readonly transport: Transport;
  readonly credentials?: SourceCredentials;
}

export interface SourceCredentials {
  readonly username: string;
  /** `{username, password}` as JSON, encrypted by the vault for the stream's id. */
  readonly encrypted: string;
  /** The same, sealed to a box. Absent until the device it is placed on has enrolled. */
  readonly sealed?: { readonly sealingKey: string; readonly text: string };
}

export interface StoredStreamReport {
  readonly organization: string;
  readonly stream: string;
  /** Of the stream: reports are listed by it. */
  readonly name: string;
  readonly device: string;
  /** Only a higher one replaces it, while the device is the same. */
  readonly shadowVersion: number;
  readonly report: StreamReport;
  readonly receivedAtMs: number;
}

/** A row of a device's assignments, read strongly: what its manifest is made of. */
export interface Assignment {
  readonly device: string;
  readonly stream: string;
  readonly slot: number;
  /** Of the stream; neither ever changes. */
  readonly organization: string;
  readonly name: string;
}
