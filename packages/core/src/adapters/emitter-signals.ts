import { EventEmitter } from "node:events";
import type { Signals } from "../ports/signals.ts";

/** Signals within one process: what one machine has, and all that a Lambda can have. */
export function createSignals(): Signals {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    notify: (id) => void emitter.emit(id),
    wait: (id, timeoutMs) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          emitter.off(id, done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        emitter.on(id, done);
      }),
  };
}
