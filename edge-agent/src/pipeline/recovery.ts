/**
 * Who ended the pipeline? The streams that were being added or changed when it died are suspects: after the restart the others come
 * back at once, the suspects after them, one at a time. A stream that was the only suspect three times is quarantined.
 */

export interface RecoveryOptions {
  /** How long a change stays suspicious, and how long a suspect is watched before the next one's turn. */
  readonly settleMs: number;
  /** The stream may be added now. */
  readonly release: (stream: string) => void;
  readonly quarantine: (stream: string) => void;
  readonly nowMs?: () => number;
}

const crashesMax = 3;
/** Crashes further apart than this have nothing to do with each other. */
const forgetMs = 600_000;

export class Recovery {
  readonly #options: Required<RecoveryOptions>;
  /** When the last change of a stream began, or Infinity while it lasts. */
  readonly #changes = new Map<string, number>();
  readonly #crashes = new Map<string, { count: number; atMs: number }>();
  readonly #waiting = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = { nowMs: () => performance.now(), ...options };
  }

  changing(stream: string): void {
    this.#changes.set(stream, Number.POSITIVE_INFINITY);
  }

  changed(stream: string): void {
    if (this.#changes.has(stream)) this.#changes.set(stream, this.#options.nowMs());
  }

  /** True while a suspect's turn has not come. */
  waits(stream: string): boolean {
    return this.#waiting.has(stream);
  }

  /** The stream is another one now (a new revision), or gone. */
  forget(stream: string): void {
    this.#crashes.delete(stream);
    this.#waiting.delete(stream);
  }

  /** `clean`: it ended by itself, in good order, and nobody is to blame. */
  pipelineEnded({ clean }: { readonly clean: boolean }): void {
    clearTimeout(this.#timer);
    const sinceMs = this.#options.nowMs() - this.#options.settleMs;
    const suspects = [...this.#changes].filter(([, atMs]) => atMs >= sinceMs).map(([id]) => id);
    this.#changes.clear();
    if (clean) return;
    for (const stream of suspects) this.#waiting.add(stream);
    const [only] = suspects;
    if (suspects.length === 1 && only !== undefined) this.#blame(only);
  }

  pipelineStarted(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size > 0) this.#releaseNext();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #releaseNext(): void {
    this.#timer = setTimeout(() => {
      const [stream] = this.#waiting;
      if (stream === undefined) return;
      this.#waiting.delete(stream);
      this.#options.release(stream);
      this.#releaseNext();
    }, this.#options.settleMs);
  }

  #blame(stream: string): void {
    const nowMs = this.#options.nowMs();
    const before = this.#crashes.get(stream);
    const count = before && nowMs - before.atMs < forgetMs ? before.count + 1 : 1;
    this.#crashes.set(stream, { count, atMs: nowMs });
    if (count < crashesMax) return;
    this.forget(stream);
    this.#options.quarantine(stream);
  }
}
