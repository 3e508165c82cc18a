/**
 * Messages that wait for a connection, in the journal: oldest dropped first, and the drops counted for the next health report.
 * What arrives twice is a normal day for the other side, so a message leaves the queue only after its PUBACK.
 */
import type { Journal } from "./journal/journal.ts";
import { log, reasonOf } from "./log.ts";
import * as z from "zod";

const Letter = z.object({ topic: z.string(), payload: z.string() });
type Letter = z.infer<typeof Letter>;

const lettersMax = 500;

export class Outbox {
  readonly #journal: Journal;
  readonly #publish: (topic: string, payload: string) => Promise<void>;
  readonly #letters = new Map<string, Letter>();
  #next = 0;
  #dropped = 0;
  #sending = false;

  constructor(journal: Journal, publish: (topic: string, payload: string) => Promise<void>) {
    this.#journal = journal;
    this.#publish = publish;
    for (const [key, value] of journal.entries("out/").toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const letter = Letter.safeParse(value);
      if (letter.success) this.#letters.set(key, letter.data);
      this.#next = Math.max(this.#next, Number(key) + 1 || 0);
    }
  }

  /** Published now if that works, else kept until it does. */
  async post(letter: Letter): Promise<void> {
    try {
      await this.#publish(letter.topic, letter.payload);
    } catch {
      await this.#keep(letter);
    }
  }

  /** Sends what waits, oldest first; stops at the first failure. */
  async drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (const [key, { topic, payload }] of this.#letters) {
        await this.#publish(topic, payload);
        this.#letters.delete(key);
        await this.#write(key, undefined);
      }
    } catch (error) {
      log.warn(`${this.#letters.size} messages keep waiting: ${reasonOf(error)}`);
    } finally {
      this.#sending = false;
    }
  }

  /** Messages dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  async #keep(letter: Letter): Promise<void> {
    const key = String(this.#next).padStart(12, "0");
    this.#next += 1;
    this.#letters.set(key, letter);
    await this.#write(key, letter);
    const [oldest] = this.#letters.keys();
    if (this.#letters.size <= lettersMax || oldest === undefined) return;
    this.#letters.delete(oldest);
    this.#dropped += 1;
    await this.#write(oldest, undefined);
  }

  async #write(key: string, value: Letter | undefined): Promise<void> {
    try {
      await this.#journal.write([{ key: `out/${key}`, value }]);
    } catch (error) {
      log.fail(`the journal cannot be written: ${reasonOf(error)}`);
    }
  }
}
