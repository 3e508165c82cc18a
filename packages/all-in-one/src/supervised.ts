/** A child that is started again when it ends unasked. */
import { startChild, type Child, type ChildOptions } from "./child.ts";

export interface Supervised {
  /** 0 while it is between two lives. */
  readonly pid: () => number;
  end(graceMs: number): Promise<void>;
}

const backOffMs = { first: 200, max: 5_000, resetAfter: 30_000 } as const;

export async function supervise(
  options: ChildOptions,
  onRestart: (why: string) => void,
): Promise<Supervised> {
  let ending = false;
  let waitMs: number = backOffMs.first;
  let child: Child | undefined = await startChild(options);
  let startedAtMs = Date.now();

  const watch = (current: Child): void => {
    void current.exited.then(({ code, signal }) => {
      child = undefined;
      if (ending) return;
      if (Date.now() - startedAtMs > backOffMs.resetAfter) waitMs = backOffMs.first;
      onRestart(`ended with ${signal ?? `code ${code}`}; starting it again`);
      setTimeout(() => void restart(), waitMs);
      waitMs = Math.min(waitMs * 2, backOffMs.max);
    });
  };

  async function restart(): Promise<void> {
    if (ending) return;
    startedAtMs = Date.now();
    try {
      child = await startChild(options);
      watch(child);
    } catch (error) {
      onRestart(`cannot be started: ${String(error)}`);
      setTimeout(() => void restart(), waitMs);
    }
  }

  watch(child);
  return {
    pid: () => child?.pid ?? 0,
    async end(graceMs) {
      ending = true;
      await child?.end(graceMs);
    },
  };
}
