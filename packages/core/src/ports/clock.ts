/** Time, as a port: tests move it by hand. */
export interface Clock {
  /** Epoch ms. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}
