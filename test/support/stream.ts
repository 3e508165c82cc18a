/** What tests of the running system ask about streams. */
import type { System } from "./system.ts";
import { waitFor } from "./wait-for.ts";

/** The limit that the system promises for every recovery. */
export const convergedMs = 15_000;

export async function stateOf(system: System, stream: string): Promise<string> {
  const { body } = await system.call(`/v1/streams/${encodeURIComponent(stream)}`);
  return String(body.state);
}

/** Frames are counted by the pipeline now, not by a report of before: two looks differ. */
export async function framesFlow(system: System, stream: string): Promise<void> {
  const route = `/v1/streams/${encodeURIComponent(stream)}/stats`;
  let before: number | undefined;
  await waitFor(
    `frames of ${stream} flow`,
    async () => {
      const { body } = await system.call(route);
      if (body.from !== "fresh") throw new Error(JSON.stringify(body));
      const frames: number = body.counters.frames;
      const flows = before !== undefined && frames > before;
      before = frames;
      return flows || undefined;
    },
    { timeoutMs: convergedMs, pollMs: 200 },
  );
}

/** The device has done everything that is asked of it. */
export async function inSync(system: System, device = "jetson-1"): Promise<void> {
  await waitFor(
    "an empty delta",
    async () => {
      const { body } = await system.call(`/v1/devices/${device}/shadow`);
      return (
        Object.keys(body.delta).length === 0 ||
        Promise.reject(new Error(JSON.stringify(body.delta)))
      );
    },
    { timeoutMs: convergedMs },
  );
}
