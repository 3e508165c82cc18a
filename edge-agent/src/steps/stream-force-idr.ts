/** Asks the encoder for an IDR frame and waits until one has left it. */
import { setTimeout as delay } from "node:timers/promises";
import { DomainError } from "@sightline/contracts/errors";
import { streamRef } from "../pipeline/driver.ts";
import type { RunCommand } from "./run-command.ts";

const frameWaitMs = 2_000;
const pollMs = 40;

export const streamForceIdr: RunCommand<"stream.force-idr"> = async (
  deps,
  { stream },
  requestId,
) => {
  const before = await deps.entry(stream);
  await deps.driver().forceIdr(streamRef(before), requestId);
  const untilMs = performance.now() + frameWaitMs;
  while (performance.now() < untilMs) {
    const { idrFrames } = (await deps.entry(stream)).output;
    if (idrFrames > before.output.idrFrames) return { idrFrames };
    await delay(pollMs);
  }
  throw new DomainError("stream.no-frame", `no IDR frame came within ${frameWaitMs} ms`);
};
