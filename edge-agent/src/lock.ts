/**
 * One agent per folder. The lock is a socket in Linux' abstract namespace, named after the folder's inode: taking it is atomic, and
 * the kernel drops it with the process, even after a kill -9.
 */
import { createServer, type Server } from "node:net";
import { stat } from "node:fs/promises";

/** The lock, or undefined when another process has it. */
export async function lockFolder(path: string): Promise<Server | undefined> {
  const { dev, ino } = await stat(path);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen({ path: `\0sightline-agent-${dev}-${ino}` }, () => {
      server.unref();
      resolve(server);
    });
  });
}
