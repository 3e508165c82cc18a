export interface Timer {
  /** Resolves when a run under way has ended. */
  stop(): Promise<void>;
}

/** Runs the work again and again, never twice at once. */
export function every(
  intervalMs: number,
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): Timer {
  let stopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    running = work()
      .catch(onFailure)
      .then(() => {
        if (!stopped) timer = setTimeout(run, intervalMs);
      });
  };
  timer = setTimeout(run, intervalMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
