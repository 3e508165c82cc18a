/**
 * Who ended the pipeline? What was changed shortly before it died is suspect: after the restart the rest comes back at once, and the
 * suspects in halves, until one is left. One that was suspect in three crashes, and at the last one alone, is quarantined.
 *
 * INVARIANTS
 * - A change that the pipeline outlived is trusted when it is only made again after a restart. When nothing but trusted changes was
 *   made before a crash, one of them has turned bad, and the trust in all of them is withdrawn.
 * - A single suspect is tried only after everything else has been left alone for a while, so nobody takes the blame for another.
 * - Each crash halves the suspects or counts against a single one, so the search ends: about log2(n) + 3 restarts per culprit.
 */

export interface RecoveryOptions {
  /** How long a change stays suspicious. */
  readonly settleMs: number;
  /** The stream may be added now. */
  readonly release: (stream: string) => void;
  readonly quarantine: (stream: string) => void;
  readonly nowMs?: () => number;
}

interface Change {
  /** Of which revision, so that the same made again is known. */
  readonly revision: number;
  readonly beganAtMs: number;
  /** Infinity while it lasts. */
  readonly endedAtMs: number;
}

interface Crashes {
  readonly count: number;
  readonly atMs: number;
}

const crashesMax = 3;
/** Crashes further apart than this have nothing to do with each other. */
const forgetMs = 600_000;
/** Least time for which suspects are watched; more when the last crash took longer to come. */
const watchMsMin = 1_000;

export class Recovery {
  readonly #options: Required<RecoveryOptions>;
  readonly #changes = new Map<string, Change>();
  /** Per stream, the revision that the pipeline outlived. */
  readonly #trusted = new Map<string, number>();
  readonly #crashes = new Map<string, Crashes>();
  /** In the pipeline now, and watched. */
  #trial: readonly string[] = [];
  /** At least one of them ends the pipeline. */
  #guilty: readonly string[] = [];
  /** Suspects of a crash that others explain. */
  #presumed: readonly string[] = [];
  /** Suspects that are tried alone, after all others. */
  #alone: readonly string[] = [];
  #watchMs = watchMsMin;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = { nowMs: () => performance.now(), ...options };
  }

  changing(stream: string, revision: number): void {
    const beganAtMs = this.#options.nowMs();
    this.#changes.set(stream, { revision, beganAtMs, endedAtMs: Number.POSITIVE_INFINITY });
  }

  changed(stream: string): void {
    const change = this.#changes.get(stream);
    if (change) this.#changes.set(stream, { ...change, endedAtMs: this.#options.nowMs() });
  }

  /** True while a suspect's turn has not come. */
  waits(stream: string): boolean {
    return [this.#guilty, this.#presumed, this.#alone].some((each) => each.includes(stream));
  }

  /** The stream is another one now (a new revision), or gone. */
  forget(stream: string): void {
    this.#crashes.delete(stream);
    this.#trusted.delete(stream);
    this.#drop([stream]);
  }

  /**
   * `clean`: it ended by itself, in good order, and nobody is to blame. True when the next start may come soon, because it brings the
   * search forward.
   */
  pipelineEnded({ clean }: { readonly clean: boolean }): boolean {
    clearTimeout(this.#timer);
    const suspects = this.#takeSuspects();
    const tried = this.#trial;
    this.#trial = [];
    if (clean || suspects.length === 0) {
      if (this.#guilty.length > 0) this.#guilty = union(tried, this.#guilty);
      else this.#presumed = union(tried, this.#presumed);
      return false;
    }
    this.#presumed = union(tried, this.#guilty, this.#presumed);
    this.#guilty = [];
    this.#drop(suspects);
    for (const stream of suspects) this.#count(stream);
    const [only] = suspects;
    if (suspects.length > 1) this.#guilty = suspects;
    else if (only !== undefined) this.#blame(only);
    return true;
  }

  pipelineStarted(): void {
    clearTimeout(this.#timer);
    this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Fresh changes, or all of them when none is fresh; what the pipeline outlived is trusted from now on. */
  #takeSuspects(): string[] {
    const nowMs = this.#options.nowMs();
    const recent: string[] = [];
    for (const [stream, { revision, endedAtMs }] of this.#changes)
      if (endedAtMs >= nowMs - this.#options.settleMs) recent.push(stream);
      else {
        this.#trusted.set(stream, revision);
        this.#crashes.delete(stream);
      }
    const fresh = recent.filter(
      (stream) => this.#trusted.get(stream) !== this.#changes.get(stream)?.revision,
    );
    const suspects = fresh.length > 0 ? fresh : recent;
    for (const stream of suspects) this.#trusted.delete(stream);
    const tookMs = nowMs - Math.max(...suspects.map((stream) => this.#beganAtMs(stream)));
    if (suspects.length > 0)
      this.#watchMs = Math.min(this.#options.settleMs, Math.max(watchMsMin, 2 * tookMs));
    this.#changes.clear();
    return suspects;
  }

  #beganAtMs(stream: string): number {
    return this.#changes.get(stream)?.beganAtMs ?? 0;
  }

  /** Whose turn is it? */
  #next(): void {
    if (this.#guilty.length > 1) {
      const half = Math.ceil(this.#guilty.length / 2);
      return this.#try(this.#guilty.slice(0, half));
    }
    this.#alone = union(this.#alone, this.#guilty);
    this.#guilty = [];
    const [first] = this.#alone;
    if (this.#presumed.length > 0) this.#try(this.#presumed);
    else if (first !== undefined) this.#try([first]);
  }

  /** The last crash that a single suspect needs is decisive: nothing else may have been changed while a change is suspicious. */
  #try(streams: readonly string[]): void {
    const [first = ""] = streams;
    if (streams.length > 1) return this.#release(streams);
    const isDecisive = (this.#crashes.get(first)?.count ?? 0) >= crashesMax - 1;
    this.#after(isDecisive ? this.#options.settleMs : this.#watchMs, () => this.#release(streams));
  }

  #release(streams: readonly string[]): void {
    this.#drop(streams);
    this.#trial = streams;
    for (const stream of streams) this.#options.release(stream);
    this.#after(this.#watchMs, () => this.#watched());
  }

  /** The trial is over when its last change has been watched long enough. */
  #watched(): void {
    const endedAtMs = this.#trial.map((stream) => this.#changes.get(stream)?.endedAtMs ?? 0);
    const leftMs = Math.max(0, ...endedAtMs) + this.#watchMs - this.#options.nowMs();
    if (leftMs > 0)
      return this.#after(Math.min(leftMs, this.#options.settleMs), () => this.#watched());
    for (const stream of this.#trial) {
      const change = this.#changes.get(stream);
      if (change) this.#trusted.set(stream, change.revision);
    }
    this.#trial = [];
    this.#next();
  }

  #after(waitMs: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, waitMs);
  }

  #drop(streams: readonly string[]): void {
    const without = (list: readonly string[]): string[] =>
      list.filter((stream) => !streams.includes(stream));
    this.#trial = without(this.#trial);
    this.#guilty = without(this.#guilty);
    this.#presumed = without(this.#presumed);
    this.#alone = without(this.#alone);
  }

  #count(stream: string): void {
    const nowMs = this.#options.nowMs();
    const before = this.#crashes.get(stream);
    const count = before && nowMs - before.atMs < forgetMs ? before.count + 1 : 1;
    this.#crashes.set(stream, { count, atMs: nowMs });
  }

  #blame(stream: string): void {
    if ((this.#crashes.get(stream)?.count ?? 0) < crashesMax) {
      this.#alone = [...this.#alone, stream];
      return;
    }
    this.forget(stream);
    this.#options.quarantine(stream);
  }
}

const union = (...lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];
