/** The counters of one stream, fresh from the pipeline. */
import type { RunCommand } from "./run-command.ts";

export const streamStats: RunCommand<"stream.stats"> = async (deps, { stream }) => {
  deps.watch();
  const entry = await deps.entry(stream);
  return {
    state: entry.state,
    frames: entry.frames,
    fps: entry.fps,
    kbps: entry.kbps,
    lastFrameAtMs: entry.lastFrameAtMs,
    restarts: entry.restarts,
    width: entry.width,
    height: entry.height,
    clients: entry.output.clients,
    bytesOut: entry.output.bytesOut,
    idrFrames: entry.output.idrFrames,
  };
};
