/** Ports as a Lambda function has them. */
import { limits } from "@sightline/contracts/limits";
import type { Clock } from "@sightline/core/ports/clock";
import type { Signals } from "@sightline/core/ports/signals";
import { createLog } from "./log.ts";

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Reports are taken in by another function: waiting is polling. */
export const sleepingSignals: Signals = {
  notify: () => undefined,
  wait: (_id, timeoutMs) => systemClock.sleep(timeoutMs),
};

/** Of every SDK client: without it a server that hangs would hold the function until it is ended. */
export const sdkOptions = {
  requestHandler: { requestTimeout: limits.backendTimeoutMs, throwOnRequestTimeout: true },
};

/** CloudWatch takes standard output. */
export const log = createLog((line) => process.stdout.write(line), systemClock.nowMs);
