/**
 * "Something about this id changed": wakes those who wait, so that they need not poll. One machine wires it to an emitter;
 * on Lambda nobody calls `notify` in the waiter's process, and `wait` is a plain sleep.
 */
export interface Signals {
  notify(id: string): void;
  /** Resolves on the next `notify(id)` or after `timeoutMs`, whichever comes first. */
  wait(id: string, timeoutMs: number): Promise<void>;
}
