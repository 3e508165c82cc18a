/** The device's own shadow: sent at once, then at most twice a second, and only when it says something new. */
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
const retryMs = 2_000;

export class DeviceReporter {
  readonly #deps: DeviceReporterDeps;
  /** What the shadow's reported manifest may still name, or what came and went between two reports: whoever removed it waits. */
  readonly #mirrored = new Set<string>();
  #sent = "";
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #sending = false;
  #timer: NodeJS.Timeout | undefined;

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
    this.look();
  }

  look(): void {
    const report = this.#deps.build();
    for (const id of Object.keys(report.manifest)) this.#mirrored.add(id);
    if (this.#sending || !this.#deps.online() || this.#timer) return;
    if (this.#gone().length === 0 && fingerprint(report) === this.#sent) return;
    const waitMs = Math.max(0, this.#sentAtMs + intervalMs - performance.now());
    this.#schedule(waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #schedule(waitMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, waitMs);
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
      if (report) this.#sent = fingerprint(report);
    } catch (error) {
      log.warn(`the device report was not taken: ${reasonOf(error)}`);
      this.#schedule(retryMs);
    }
    this.#sending = false;
    this.look();
  }
}

const nulls = (keys: readonly string[]): Record<string, null> =>
  Object.fromEntries(keys.map((key) => [key, null]));

const fingerprint = (report: DeviceReport): string => JSON.stringify({ ...report, atMs: 0 });
