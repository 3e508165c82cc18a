/**
 * What the agent knows of the pipeline: what it put in, and the last list.
 *
 * A list that was asked for before a change ended says nothing about the camera that changed; it is ignored for that camera.
 */
import { settingKeys, type EffectiveSettings } from "@sightline/contracts/settings";
import type { PipelineStream } from "@sightline/contracts/pipeline-api";
import type { Holding, Observed } from "../plan.ts";
import type { CameraRef } from "./client.ts";

export class PipelineView {
  readonly #holdings = new Map<string, CameraRef>();
  #entries = new Map<string, PipelineStream>();
  readonly #changing = new Map<string, number>();
  /** Per camera, the change counter when its last change ended. */
  readonly #changedAt = new Map<string, number>();
  #changes = 0;

  /** Call before asking for a list, and give the result to `take`. */
  begin(): number {
    return this.#changes;
  }

  take(list: readonly PipelineStream[], begun: number): void {
    const stale = (name: string): boolean =>
      this.#changing.has(name) || (this.#changedAt.get(name) ?? 0) > begun;
    const kept = [...this.#entries].filter(([name]) => stale(name));
    const fresh = list
      .filter((entry) => !stale(entry.camera_id))
      .map((entry) => [entry.camera_id, entry] as const);
    this.#entries = new Map([...kept, ...fresh]);
    for (const [stream, { localName }] of this.#holdings)
      if (!stale(localName) && !this.#entries.has(localName)) this.#holdings.delete(stream);
  }

  /** A change of that camera begins; `stream` holds it from now on, for even a lost answer may mean that it was added. */
  changing(stream: string, camera: CameraRef): void {
    this.#holdings.set(stream, camera);
    this.#changing.set(camera.localName, (this.#changing.get(camera.localName) ?? 0) + 1);
  }

  /** The change has ended; `kept` false when the camera is certainly not in the pipeline for that stream. */
  changed(stream: string, { localName }: CameraRef, kept: boolean): void {
    const left = (this.#changing.get(localName) ?? 1) - 1;
    if (left > 0) this.#changing.set(localName, left);
    else this.#changing.delete(localName);
    this.#changes += 1;
    this.#changedAt.set(localName, this.#changes);
    if (kept) return;
    this.#holdings.delete(stream);
    this.#entries.delete(localName);
  }

  /** Another pipeline process: it holds nothing. */
  clear(): void {
    this.#holdings.clear();
    this.#entries.clear();
    this.#changedAt.clear();
  }

  holds(stream: string): boolean {
    return this.#holdings.has(stream);
  }

  heldStreams(): string[] {
    return [...this.#holdings.keys()];
  }

  entry(stream: string): PipelineStream | undefined {
    const holding = this.#holdings.get(stream);
    return holding && this.#entries.get(holding.localName);
  }

  entries(): readonly PipelineStream[] {
    return [...this.#entries.values()];
  }

  observed(): Observed {
    const holdings = new Map<string, Holding>();
    for (const [stream, camera] of this.#holdings) {
      const entry = this.#entries.get(camera.localName);
      holdings.set(stream, { ...camera, settings: entry && appliedSettings(entry) });
    }
    const managed = new Set([...this.#holdings.values()].map(({ localName }) => localName));
    const unmanaged = new Set([...this.#entries.keys()].filter((name) => !managed.has(name)));
    return { holdings, unmanaged };
  }
}

type Applied = PipelineStream["applied"];

const appliedFields: { readonly [K in keyof EffectiveSettings]: keyof Applied } = {
  "decoder.dropFrameInterval": "dropFrameInterval",
  "encoder.codec": "codec",
};

export const appliedSettings = ({ applied }: PipelineStream): EffectiveSettings =>
  Object.fromEntries(
    settingKeys.map((key) => [key, applied[appliedFields[key]]]),
  ) as EffectiveSettings;
