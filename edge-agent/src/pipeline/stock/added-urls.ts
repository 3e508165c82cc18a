/**
 * The exact URLs by which cameras were added: a stock server removes a camera only by the URL that it was added with, and never tells
 * it. One is kept as long as the list shows the camera, or may come to show it; then a camera of that name is somebody else's. They
 * have the camera's password where there is one; the journal is as readable as the key that opens the sealed one.
 */
import * as z from "zod";
import { log, reasonOf } from "../../log.ts";
import type { Journal } from "../../journal/journal.ts";
import type { CameraRef } from "../driver.ts";

export const addedUrlKeys = "stock-url/";

const Urls = z.array(z.string());

/** An addition without an answer may have been carried out, so the one before stays known. */
const urlsMax = 4;

export class AddedUrls {
  readonly #journal: Pick<Journal, "get" | "entries" | "write">;

  constructor(journal: Pick<Journal, "get" | "entries" | "write">) {
    this.#journal = journal;
  }

  /** Newest first. */
  of(localName: string): readonly string[] {
    const parsed = Urls.safeParse(this.#journal.get(`${addedUrlKeys}${localName}`));
    return parsed.success ? parsed.data : [];
  }

  names(): string[] {
    return this.#journal.entries(addedUrlKeys).map(([name]) => name);
  }

  /** On disk when it resolves, before the request is sent. */
  async adding({ localName, url }: CameraRef): Promise<void> {
    const others = this.of(localName).filter((known) => known !== url);
    await this.#write(localName, [url, ...others].slice(0, urlsMax));
  }

  /** The server has it by this URL and no other. */
  async added({ localName, url }: CameraRef): Promise<void> {
    if (this.of(localName).length > 1) await this.#write(localName, [url]);
  }

  /** The server has not taken it: what was known before is all that can be in it. */
  async refused(localName: string, before: readonly string[]): Promise<void> {
    await this.#write(localName, before.length > 0 ? before : undefined);
  }

  async removed(localName: string): Promise<void> {
    if (this.of(localName).length > 0) await this.#write(localName, undefined);
  }

  /** With a full disk memory has it, and the journal writes it as soon as there is room: streams go on. */
  async #write(localName: string, value: readonly string[] | undefined): Promise<void> {
    try {
      await this.#journal.write([{ key: `${addedUrlKeys}${localName}`, value }]);
    } catch (error) {
      log.fail(`the journal cannot be written: ${reasonOf(error)}`);
    }
  }
}
