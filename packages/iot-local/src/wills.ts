/** Last wills, kept on disk so that they are published even when the broker itself was killed. */
import type { Store } from "./store.ts";
import { Table } from "./table.ts";

export interface Will {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export class Wills {
  readonly #table = new Table<Will>("will");
  readonly #store: Store;
  #frozen = false;

  private constructor(store: Store) {
    this.#store = store;
  }

  static async open(store: Store): Promise<Wills> {
    const wills = new Wills(store);
    await wills.#table.load(store);
    return wills;
  }

  get(clientId: string): Will | undefined {
    return this.#table.rows.get(clientId);
  }

  /** Not synced: a power cut may lose a will, a kill does not. */
  set(clientId: string, will: Will | undefined): void {
    if (this.#frozen || (!will && !this.#table.rows.has(clientId))) return;
    const change = will ? this.#table.set(clientId, will) : this.#table.delete(clientId);
    change.apply();
    this.#store.relaxed([change.write]);
  }

  /** From here on wills stay as they are: this process stops, and the next one decides who is gone. */
  freeze(): void {
    this.#frozen = true;
  }
}
