/** Rows of one kind, in memory and in the store. A change is visible after it is on disk, never before. */
import type { Store, Write } from "./store.ts";

export interface Change {
  readonly write: Write;
  /** Makes the change visible. */
  apply(): void;
}

export class Table<Row> {
  readonly rows = new Map<string, Row>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async load(store: Store): Promise<this> {
    for await (const [key, value] of store.entries(this.#name))
      this.rows.set(decodeURIComponent(key.slice(this.#name.length + 1)), JSON.parse(value) as Row);
    return this;
  }

  set(key: string, row: Row): Change {
    return {
      write: { type: "put", key: this.#key(key), value: JSON.stringify(row) },
      apply: () => void this.rows.set(key, row),
    };
  }

  delete(key: string): Change {
    return {
      write: { type: "del", key: this.#key(key) },
      apply: () => void this.rows.delete(key),
    };
  }

  #key(key: string): string {
    return `${this.#name}/${encodeURIComponent(key)}`;
  }
}

export async function commitChanges(store: Store, changes: readonly Change[]): Promise<void> {
  await store.commit(changes.map(({ write }) => write));
  for (const change of changes) change.apply();
}
