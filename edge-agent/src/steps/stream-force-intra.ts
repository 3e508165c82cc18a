/** Asks the encoder for an I-frame. None is waited for: nothing counts them. */
import { streamRef } from "../pipeline/driver.ts";
import type { RunCommand } from "./run-command.ts";

export const streamForceIntra: RunCommand<"stream.force-intra"> = async (
  deps,
  { stream },
  requestId,
) => {
  const entry = await deps.entry(stream);
  await deps.driver().forceIntra(streamRef(entry), requestId);
  return {};
};
