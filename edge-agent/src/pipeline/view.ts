/**
 * What the agent knows of the pipeline: what it put in, and the last list.
 *
 * A list that was asked for before a change ended says nothing about the camera that changed; it is ignored for that camera.
 */
import type { Setting, SettingKey, SettingScope } from "@sightline/contracts/settings";
import type { Adopted, Holding, Observed, Settled, Unmanaged } from "../plan.ts";
import { appliedSettings, type SomeSettings } from "./applied.ts";
import type { CameraRef, ListedStream, PipelineListing } from "./driver.ts";
import { withoutUserinfo } from "./source-url.ts";

/** Of one add: another one begins with nothing. */
interface Held {
  readonly camera: CameraRef;
  /** URL of the target that it stands for; the camera's may spell it otherwise. */
  readonly source: string;
  readonly sent: SomeSettings;
  readonly settled: Settled | undefined;
}

type Controls = Readonly<Partial<Record<SettingKey, SettingScope>>>;

/** In place of a camera, for what all of them share. */
const allCameras = "";

export class PipelineView {
  readonly #holdings = new Map<string, Held>();
  #entries = new Map<string, ListedStream>();
  #shared: SomeSettings | undefined;
  #controls: Controls = {};
  readonly #changing = new Map<string, number>();
  /** Per camera, the change counter when its last change ended. */
  readonly #changedAt = new Map<string, number>();
  #changes = 0;

  /** Call before asking for a list, and give the result to `take`. */
  begin(): number {
    return this.#changes;
  }

  take({ streams, shared }: PipelineListing, begun: number): void {
    const stale = (name: string): boolean =>
      this.#changing.has(name) || (this.#changedAt.get(name) ?? 0) > begun;
    const kept = [...this.#entries].filter(([name]) => stale(name));
    const fresh = streams
      .filter((entry) => !stale(entry.camera_id))
      .map((entry) => [entry.camera_id, entry] as const);
    const before = this.#entries;
    this.#entries = new Map([...kept, ...fresh]);
    if (!stale(allCameras)) this.#shared = shared as SomeSettings;
    for (const [stream, held] of this.#holdings) {
      const name = held.camera.localName;
      const entry = this.#entries.get(name);
      if (!stale(name) && (!entry || isAnother(entry, before.get(name))))
        this.#holdings.delete(stream);
    }
  }

  /** What the pipeline can be told, once it has said so. */
  know(controls: Controls): void {
    this.#controls = controls;
  }

  /** A change of that camera begins; `stream` holds it from now on, for even a lost answer may mean that it was added. */
  changing(stream: string, { localName, url }: CameraRef): void {
    const camera = { localName, url };
    this.#holdings.set(stream, { camera, source: url, sent: {}, settled: undefined });
    this.#changing.set(localName, (this.#changing.get(localName) ?? 0) + 1);
  }

  /** The change has ended; `kept` false when the camera is certainly not in the pipeline for that stream. */
  changed(stream: string, { localName }: CameraRef, kept: boolean): void {
    const left = (this.#changing.get(localName) ?? 1) - 1;
    if (left > 0) this.#changing.set(localName, left);
    else this.#changing.delete(localName);
    this.#touched(localName);
    if (kept) return;
    this.#holdings.delete(stream);
    this.#entries.delete(localName);
  }

  /** The pipeline has it already, added by somebody else: it is the stream's from now on. */
  adopt(stream: string, { localName, url, source }: Adopted): void {
    const camera = { localName, url };
    this.#holdings.set(stream, { camera, source, sent: {}, settled: undefined });
  }

  /** The camera was taken out, whosever it was. */
  evicted(localName: string): void {
    this.#touched(localName);
    this.#entries.delete(localName);
  }

  /** A setting was carried out. */
  sent(stream: string, { key, value }: Setting): void {
    const held = this.#holdings.get(stream);
    if (!held) return;
    this.#holdings.set(stream, { ...held, sent: { ...held.sent, [key]: value } });
    this.#touched(held.camera.localName);
  }

  /** One of all streams was. */
  sentShared(): void {
    this.#touched(allCameras);
  }

  /** All that the stream should be it is: what differs from now on, somebody else has changed. */
  settle(stream: string, { revision, settings }: Settled): void {
    const held = this.#holdings.get(stream);
    if (held) this.#holdings.set(stream, { ...held, settled: { revision, settings } });
  }

  /** Another pipeline process: it holds nothing. */
  clear(): void {
    this.#holdings.clear();
    this.#entries.clear();
    this.#changedAt.clear();
    this.#shared = undefined;
    this.#controls = {};
  }

  holds(stream: string): boolean {
    return this.#holdings.has(stream);
  }

  /** Whether the pipeline shows any stream of the agent's. */
  get showsOwn(): boolean {
    return this.heldStreams().some((stream) => this.entry(stream) !== undefined);
  }

  heldStreams(): string[] {
    return [...this.#holdings.keys()];
  }

  /** Whether the camera is one of the agent's own. */
  owns(localName: string): boolean {
    return [...this.#holdings.values()].some(({ camera }) => camera.localName === localName);
  }

  entry(stream: string): ListedStream | undefined {
    const held = this.#holdings.get(stream);
    return held && this.#entries.get(held.camera.localName);
  }

  entries(): readonly ListedStream[] {
    return [...this.#entries.values()];
  }

  /** Settings of all streams, as far as the pipeline tells; undefined before its first list. */
  get shared(): SomeSettings | undefined {
    return this.#shared;
  }

  holding(stream: string): Holding | undefined {
    const held = this.#holdings.get(stream);
    return held && this.#holding(held);
  }

  observed(): Observed {
    return {
      holdings: new Map([...this.#holdings].map(([stream, held]) => [stream, this.#holding(held)])),
      unmanaged: this.unmanaged(),
      controls: this.#controls,
    };
  }

  /** By camera_id: what no holding accounts for. */
  unmanaged(): Observed["unmanaged"] {
    const own = new Set([...this.#holdings.values()].map(({ camera }) => camera.localName));
    const strangers = new Map<string, Unmanaged>();
    for (const [name, { url, hasCredentials }] of this.#entries)
      if (!own.has(name)) strangers.set(name, { url: withoutUserinfo(url), hasCredentials });
    return strangers;
  }

  #holding({ camera, sent, ...held }: Held): Holding {
    const entry = this.#entries.get(camera.localName);
    const shown = entry && { ...sent, ...(entry.applied && appliedSettings(entry.applied)) };
    return { ...camera, ...held, settings: shown };
  }

  #touched(name: string): void {
    this.#changes += 1;
    this.#changedAt.set(name, this.#changes);
  }
}

/** Somebody has removed it and added another one between two lists: it has another number, or fewer frames where they are counted. */
function isAnother(entry: ListedStream, before: ListedStream | undefined): boolean {
  if (before?.source_id === undefined || entry.source_id === undefined) return false;
  if (entry.source_id !== before.source_id) return true;
  return entry.state !== "unknown" && entry.frames < before.frames;
}
