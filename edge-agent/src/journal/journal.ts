/**
 * What the agent must not forget: keys and JSON values in one append-only file.
 *
 * INVARIANTS
 * - A write that resolved is on disk (fdatasync) and survives a kill -9 and a loss of power.
 * - A torn or damaged line costs that line, nothing else.
 * - A failed write (disk full) rejects; memory keeps the values, and the next write puts the whole state down again.
 */
import { open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing, syncFolder } from "../file.ts";
import { log } from "../log.ts";
import { decodeRecords, encodeRecord, type JournalRecord } from "./record.ts";

interface PendingWrite {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A journal is rewritten when it has grown past this and past four times what it holds, in bytes. */
const rewriteBytes = 256 * 1024;

export class Journal {
  readonly #path: string;
  readonly #values: Map<string, unknown>;
  #file: FileHandle | undefined;
  #sizeBytes = 0;
  #pending: PendingWrite[] = [];
  #writing: Promise<void> | undefined;

  private constructor(path: string, values: Map<string, unknown>) {
    this.#path = path;
    this.#values = values;
  }

  /** Reads what is there and rewrites it, so that the file is sound and small from the start. */
  static async open(path: string): Promise<Journal> {
    const { records, damaged } = decodeRecords(await readText(path));
    if (damaged > 0) log.warn(`the journal had ${damaged} damaged lines; they are skipped`);
    const values = new Map<string, unknown>();
    for (const { key, value } of records) {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    }
    const journal = new Journal(path, values);
    try {
      await journal.#rewrite();
    } catch (error) {
      log.fail(`the journal cannot be written now: ${String(error)}`);
    }
    return journal;
  }

  get(key: string): unknown {
    return this.#values.get(key);
  }

  /** Keys that start so, without that start, and their values. */
  entries(start: string): [string, unknown][] {
    return [...this.#values]
      .filter(([key]) => key.startsWith(start))
      .map(([key, value]) => [key.slice(start.length), value]);
  }

  /** All of the records or, when power fails in between, the first ones of them. Writes that come together share one sync. */
  async write(records: readonly JournalRecord[]): Promise<void> {
    if (records.length === 0) return;
    for (const { key, value } of records) {
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    }
    const text = records.map(encodeRecord).join("");
    const written = new Promise<void>((resolve, reject) => {
      this.#pending.push({ text, resolve, reject });
    });
    this.#writing ??= this.#drain();
    return written;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#append(batch.map(({ text }) => text).join(""));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    if (!this.#file) return this.#rewrite();
    try {
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (error) {
      // The tail may be torn now: the next write starts a new file.
      const file = this.#file;
      this.#file = undefined;
      await file.close();
      throw error;
    }
    this.#sizeBytes += Buffer.byteLength(text);
    if (this.#sizeBytes > rewriteBytes && this.#sizeBytes > 4 * this.#text().length)
      await this.#rewrite();
  }

  #text(): string {
    return [...this.#values].map(([key, value]) => encodeRecord({ key, value })).join("");
  }

  async #rewrite(): Promise<void> {
    const text = this.#text();
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#sizeBytes = Buffer.byteLength(text);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}
