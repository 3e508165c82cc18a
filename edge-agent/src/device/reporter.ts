/**
 * The device's own shadow, only when it says something new: at once, then at most twice a second. Somebody waits for a stream to go;
 * that one has come, its own report says, and here it is told half a second later or along with something else.
 */
import type { DeviceReport, Manifest } from "@sightline/contracts/device-report";
import {
  deviceSettingKeys,
  settingKeys,
  type SettingScope,
  type SettingValue,
} from "@sightline/contracts/settings";
import { log, reasonOf } from "../log.ts";

/** Streams and settings that are gone are null in the update: that is how a key leaves a shadow. */
export type DeviceUpdate = Omit<DeviceReport, "manifest" | "wish" | "controls"> & {
  readonly manifest: Readonly<Record<string, number | null>>;
  readonly wish: Omit<DeviceReport["wish"], "settings"> & {
    readonly settings: Readonly<Record<string, SettingValue | null>>;
  };
  readonly controls: Readonly<Record<string, SettingScope | null>>;
};

export interface DeviceReporterDeps {
  readonly build: () => DeviceReport;
  /** The device has, or still has, this stream. */
  readonly holds: (stream: string) => boolean;
  readonly send: (make: () => DeviceUpdate) => Promise<void>;
  readonly online: () => boolean;
}

const intervalMs = 500;
const goneIntervalMs = 100;
const retryMs = 2_000;

export class DeviceReporter {
  readonly #deps: DeviceReporterDeps;
  /** What the shadow's reported manifest may still name, or what came and went between two reports: whoever removed it waits. */
  readonly #mirrored = new Set<string>();
  #sent = "";
  #sentBesides = "";
  #sentAtMs = Number.NEGATIVE_INFINITY;
  /** After a report that was not taken. */
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #sending = false;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  constructor(deps: DeviceReporterDeps) {
    this.#deps = deps;
  }

  /** The reported manifest as the shadow has it, from a `get`. */
  learn(manifest: Manifest): void {
    for (const id of Object.keys(manifest)) this.#mirrored.add(id);
    this.look();
  }

  /** A new connection: say it all again. */
  connected(): void {
    this.#sent = "";
    this.#sentBesides = "";
    this.look();
  }

  look(): void {
    const report = this.#deps.build();
    for (const id of Object.keys(report.manifest)) this.#mirrored.add(id);
    if (this.#sending || !this.#deps.online()) return;
    const isGone = this.#gone().length > 0;
    if (!isGone && fingerprint(report) === this.#sent) return;
    const isMore = !isGone && besides(report) === this.#sentBesides;
    const nowMs = performance.now();
    const dueMs = isMore
      ? nowMs + intervalMs
      : this.#sentAtMs + (isGone ? goneIntervalMs : intervalMs);
    this.#schedule(Math.max(nowMs, this.#retryAtMs, dueMs));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #schedule(dueMs: number): void {
    if (this.#timer && this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, dueMs - performance.now());
  }

  #update(report: DeviceReport): DeviceUpdate {
    const { wish } = report;
    return {
      ...report,
      manifest: { ...report.manifest, ...nulls(this.#gone()) },
      wish: { ...wish, settings: { ...nulls(deviceSettingKeys), ...wish.settings } },
      controls: { ...nulls(settingKeys), ...report.controls },
    };
  }

  #gone(): string[] {
    return [...this.#mirrored].filter((id) => !this.#deps.holds(id));
  }

  async #send(): Promise<void> {
    if (!this.#deps.online()) return;
    this.#sending = true;
    this.#sentAtMs = performance.now();
    let report: DeviceReport | undefined;
    let gone: readonly string[] = [];
    try {
      await this.#deps.send(() => {
        report = this.#deps.build();
        gone = this.#gone();
        for (const id of Object.keys(report.manifest)) this.#mirrored.add(id);
        return this.#update(report);
      });
      for (const id of gone) this.#mirrored.delete(id);
      if (report) {
        this.#sent = fingerprint(report);
        this.#sentBesides = besides(report);
      }
    } catch (error) {
      log.warn(`the device report was not taken: ${reasonOf(error)}`);
      this.#retryAtMs = performance.now() + retryMs;
    }
    this.#sending = false;
    this.look();
  }
}

const nulls = (keys: readonly string[]): Record<string, null> =>
  Object.fromEntries(keys.map((key) => [key, null]));

const fingerprint = (report: DeviceReport): string => JSON.stringify({ ...report, atMs: 0 });
const besides = (report: DeviceReport): string => fingerprint({ ...report, manifest: {} });
