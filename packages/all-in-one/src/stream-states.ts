import type { Deps } from "@sightline/core/ports/deps";
import type { Stream } from "@sightline/core/stream/stream";
import { pollUntil } from "@sightline/core/stream/wait";

export type StreamStates = readonly { readonly stream: Stream; readonly state: string }[];

/** A camera that does not start must not keep the rest of the system from being used. */
const patienceMs = 20_000;

/** Waits until every stream that is to run shows frames, by a report younger than `sinceMs`; returns the states as they then are. */
export async function waitUntilRunning(
  deps: Pick<Deps, "store" | "clock" | "signals">,
  streams: readonly Stream[],
  sinceMs: number,
): Promise<StreamStates> {
  return Promise.all(
    streams.map(async (stream) => {
      let state = "pending";
      const look = async (): Promise<true | undefined> => {
        const stored = await deps.store.streams.getReport(stream.organization, stream.id);
        const current =
          stored && stored.report.revision >= stream.revision && stored.receivedAtMs >= sinceMs;
        state = current ? stored.report.state : "pending";
        return state === "running" || !stream.enabled ? true : undefined;
      };
      await pollUntil(deps, { id: stream.id, timeoutMs: patienceMs }, look);
      return { stream, state };
    }),
  );
}
