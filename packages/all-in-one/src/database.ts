/** The embedded database, started again when it ends unasked: on the same port and folder, so that nobody has to be told. */
import { setTimeout as delay } from "node:timers/promises";
import { isDomainError } from "@sightline/contracts/errors";
import type { Log } from "@sightline/functions/shared/log";
import { startDynoxide, type Dynoxide } from "@sightline/store/dynoxide";

export interface DatabaseOptions {
  readonly folder: string;
  readonly port: number;
  readonly log: Log;
  /** It has another pid. */
  readonly onRestart: () => void;
}

export interface Database {
  readonly url: string;
  /** 0 while it is between two lives. */
  readonly pid: () => number;
  close(): Promise<void>;
}

const backOffMs = { first: 100, max: 2_000, resetAfter: 10_000 } as const;

/** @throws DomainError store.unavailable when it does not start the first time */
export async function startDatabase(options: DatabaseOptions): Promise<Database> {
  const closing = new AbortController();
  const start = (): Promise<Dynoxide> =>
    startDynoxide({
      folder: options.folder,
      port: options.port,
      log: (line) => options.log("info", line, { part: "database" }),
    });
  let running: Dynoxide | undefined = await start();
  const { url } = running;
  const watching = keepRunning(running);

  async function keepRunning(first: Dynoxide): Promise<void> {
    let waitMs: number = backOffMs.first;
    for (let current: Dynoxide | undefined = first; current;) {
      const startedAtMs = Date.now();
      await current.exited;
      running = undefined;
      if (closing.signal.aborted) return;
      options.log("error", "the database ended; starting it again", { pid: current.pid });
      if (Date.now() - startedAtMs > backOffMs.resetAfter) waitMs = backOffMs.first;
      do {
        await delay(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
        waitMs = Math.min(waitMs * 2, backOffMs.max);
        if (closing.signal.aborted) return;
        current =
          (await start().catch((cause: unknown) =>
            options.log("error", "the database cannot be started", { cause }),
          )) ?? undefined;
      } while (!current);
      running = current;
      if (closing.signal.aborted) await current.close();
      else options.onRestart();
    }
  }

  return {
    url,
    pid: () => running?.pid ?? 0,
    async close() {
      closing.abort();
      await running?.close();
      await watching;
    },
  };
}

const outagePollMs = 250;

/** Runs the work again for as long as the database is away: for what nobody else repeats. */
export async function throughOutages(work: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!isDomainError(error, "store.unavailable")) throw error;
      await delay(outagePollMs, undefined, { ref: false });
    }
}
