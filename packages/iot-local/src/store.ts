/**
 * Everything that must survive: one LevelDB folder, written by one process.
 *
 * INVARIANT: `commit` resolves after the writes are synced to disk, in the order of the calls. Writes that wait at the
 * same time share one sync, so the cost of durability does not grow with the number of clients.
 */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";

export type Write =
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "del"; readonly key: string };

interface Waiting {
  readonly writes: readonly Write[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Store {
  readonly #level: ClassicLevel;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  private constructor(level: ClassicLevel) {
    this.#level = level;
  }

  /** @throws Error when another process holds the folder, or when LevelDB cannot be opened. */
  static async open(folder: string): Promise<Store> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const level = new ClassicLevel(join(folder, "store"));
    try {
      await level.open();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED")
        throw new Error(
          `${folder} is in use by another process: stop it or choose another folder`,
          {
            cause: error,
          },
        );
      throw error;
    }
    return new Store(level);
  }

  commit(writes: readonly Write[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** For writes whose loss costs a repetition and nothing else: not synced, never awaited. */
  relaxed(writes: Write[]): void {
    if (this.#level.status === "open") this.#level.batch(writes).catch(() => undefined);
  }

  get(key: string): Promise<string | undefined> {
    return this.#level.get(key);
  }

  /** All rows under `prefix/`, in key order. */
  entries(prefix: string): AsyncIterable<[string, string]> {
    return this.#level.iterator({ gte: `${prefix}/`, lt: `${prefix}0` });
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#level.close();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#level.batch(
          group.flatMap(({ writes }) => writes),
          { sync: true },
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = undefined;
  }
}
