/** Time, as a port: tests move it by hand. */
export interface Clock {
  /** Epoch ms. */
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

