/** `ready.json`: there while the system runs, and as it is now: written again, one write at a time, whenever a part has another pid. */
import type { DataFolder } from "./data-folder.ts";

const name = "ready.json";

export interface ReadyFile {
  /** From here on it is there. */
  open(content: () => Promise<unknown>): Promise<void>;
  /** Before `open` and after `close` this does nothing. */
  refresh(): void;
  close(): Promise<void>;
}

export function keepReadyFile(folder: Pick<DataFolder, "writeJson" | "removeFile">): ReadyFile {
  let current: (() => Promise<unknown>) | undefined;
  let writing = Promise.resolve();
  const write = (): Promise<void> => {
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        if (current) await folder.writeJson(name, await current());
      });
    return writing;
  };
  return {
    async open(content) {
      current = content;
      await write();
    },
    refresh: () => void write(),
    async close() {
      current = undefined;
      await writing.catch(() => undefined);
      await folder.removeFile(name);
    },
  };
}
