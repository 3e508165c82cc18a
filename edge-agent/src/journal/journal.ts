/**
 * What the agent must not forget: keys and JSON values in one append-only file.
 *
 * INVARIANTS
 * - A write that resolved is on disk (fdatasync) and survives a kill -9 and a loss of power.
 * - A torn or damaged line costs that line, nothing else.
 * - A failed write (disk full) rejects; memory keeps the values, and the next write puts the whole state down again. One is tried
 *   every few seconds until it succeeds.
 * - What could not be written whole is taken away: no half of a file stays behind.
 */
import { open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing, removeFile, syncFolder } from "../file.ts";
import { log, reasonOf } from "../log.ts";
import { decodeRecords, encodeRecord, type JournalRecord } from "./record.ts";

interface PendingWrite {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A journal is rewritten when it has grown past this and past four times what it holds, in bytes. */
const rewriteBytes = 256 * 1024;

const tryAgainMs = 3_000;

export class Journal {
  readonly #path: string;
  readonly #values: Map<string, unknown>;
  #file: FileHandle | undefined;
  #sizeBytes = 0;
  #pending: PendingWrite[] = [];
  #writing: Promise<void> | undefined;
  #trouble: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #changed: () => void = () => undefined;

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
      journal.#refused(error);
    }
    return journal;
  }

  /** Why the disk does not have what memory has; undefined when it has. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Called whenever `trouble` comes or goes. */
  onTrouble(changed: () => void): void {
    this.#changed = changed;
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
    this.#closed = true;
    clearTimeout(this.#timer);
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
        this.#settle(undefined);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#refused(error);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  #refused(error: unknown): void {
    this.#settle(reasonOf(error));
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#pending.push({ text: "", resolve: () => undefined, reject: () => undefined });
      this.#writing ??= this.#drain();
    }, tryAgainMs);
    this.#timer.unref();
  }

  #settle(trouble: string | undefined): void {
    const isChange = (trouble === undefined) !== (this.#trouble === undefined);
    this.#trouble = trouble;
    if (!isChange) return;
    if (trouble === undefined) log.note("the journal is on disk again");
    this.#changed();
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
      await removeFile(temporary);
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
