/** Logs on disk, a file a part; the one of the run before last goes. */
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import path from "node:path";

const sizeBytesMax = 20 * 1024 * 1024;

export interface LogFiles {
  of(part: string): WriteStream;
  close(): Promise<void>;
}

export function openLogFiles(folder: string): LogFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const open = new Map<string, WriteStream>();
  return {
    of(part) {
      const known = open.get(part);
      if (known) return known;
      const file = path.join(folder, `${part}.log`);
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > sizeBytesMax)
        renameSync(file, `${file}.1`);
      const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
      // A full disk costs log lines, not the service.
      stream.on("error", () => undefined);
      open.set(part, stream);
      return stream;
    },
    async close() {
      await Promise.all(
        [...open.values()].map((stream) => new Promise((resolve) => stream.end(resolve))),
      );
    },
  };
}
