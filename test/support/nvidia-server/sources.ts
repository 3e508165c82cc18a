/** The sources of nvmultiurisrcbin: who is in, under which number, and what was set. All of it dies with the process. */
import type { Json, JsonObject } from "./json.ts";

export interface Source {
  readonly sourceId: number;
  readonly cameraId: string;
  readonly cameraName: string;
  readonly url: string;
  /** By path of the request that set it. */
  readonly settings: Record<string, Json>;
  frames: number;
}

export type AddOutcome = "added" | "full" | "duplicate";

/** After so long a source that cannot play is taken out, and nobody is told. */
const diesAfterMs = 60;

export class Sources {
  readonly #max: number;
  #sources: readonly Source[] = [];
  #last = -1;

  constructor(maxBatchSize: number) {
    this.#max = maxBatchSize;
  }

  /** Newest first. */
  get all(): readonly Source[] {
    return this.#sources;
  }

  /** Capacity is looked at before duplicates. A URL with `dies` in it is one whose camera fails; with `mute`, one that is taken and never listed. */
  add({ cameraId, cameraName, url }: Pick<Source, "cameraId" | "cameraName" | "url">): AddOutcome {
    if (this.#sources.length >= this.#max) return "full";
    if (this.#sources.some((source) => source.cameraId === cameraId)) return "duplicate";
    if (url.includes("mute")) return "added";
    const source = {
      sourceId: this.#nextId(),
      cameraId,
      cameraName,
      url,
      settings: {},
      frames: 0,
    };
    this.#last = source.sourceId;
    this.#sources = [source, ...this.#sources];
    if (url.includes("dies")) setTimeout(() => this.#drop(source), diesAfterMs).unref();
    return "added";
  }

  /** Only the very texts of the addition are known. */
  remove(cameraId: string, url: string): boolean {
    const source = this.#sources.find((each) => each.cameraId === cameraId && each.url === url);
    if (source) this.#drop(source);
    return source !== undefined;
  }

  /** As when a camera is gone for good or a file has ended. */
  vanish(cameraId: string): void {
    this.#sources = this.#sources.filter((source) => source.cameraId !== cameraId);
  }

  find(sourceId: number): Source | undefined {
    return this.#sources.find((source) => source.sourceId === sourceId);
  }

  listing(tellsSourceId: boolean): JsonObject {
    const entries = this.#sources.map(({ cameraId, cameraName, sourceId }) => ({
      camera_id: cameraId,
      camera_name: cameraName,
      ...(tellsSourceId ? { source_id: sourceId } : {}),
    }));
    return { "stream-count": entries.length, "stream-info": entries };
  }

  stats(): readonly JsonObject[] {
    return this.#sources.map((source) => {
      source.frames += 25;
      return {
        fps: 25.04,
        frame_number: source.frames,
        latency_ms: 12.5,
        sensor_id: source.cameraId,
        sensor_name: source.cameraName,
        source_id: source.sourceId,
      };
    });
  }

  /** Round robin: a number is used again only after all the others had their turn. */
  #nextId(): number {
    const taken = new Set(this.#sources.map(({ sourceId }) => sourceId));
    let id = (this.#last + 1) % this.#max;
    while (taken.has(id)) id = (id + 1) % this.#max;
    return id;
  }

  #drop(source: Source): void {
    this.#sources = this.#sources.filter((each) => each !== source);
  }
}
