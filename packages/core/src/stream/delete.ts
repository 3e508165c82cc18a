import { DomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
import { seeManifest } from "../sync/shadow-sync.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import { findStream } from "./find.ts";
import type { Stream } from "./stream.ts";
import { readLeaving, waitForRemoval, type Leaving, type WaitOutcome } from "./wait.ts";

interface Deletion {
  /** Id or name. */
  readonly stream: string;
  readonly ifRevision?: number | undefined;
}

const tries = 5;

/** Removes a stream everywhere. Returns it as it was. @throws DomainError stream.not-found | stream.changed | stream.conflict */
export const deleteStream = (deps: Deps, actor: Actor, request: Deletion): Promise<Stream> =>
  remove(deps, actor, { ...request, look: async (stream) => stream });

/** Removes a stream, and waits until its device no longer has it. @throws like `deleteStream` */
export async function deleteStreamAndWait(
  deps: Deps,
  actor: Actor,
  { timeoutMs, ...request }: Deletion & { readonly timeoutMs: number },
): Promise<WaitOutcome> {
  const look = (stream: Stream): Promise<Leaving> => readLeaving(deps, stream);
  return waitForRemoval(deps, await remove(deps, actor, { ...request, look }), timeoutMs);
}

/** Returns what `look` said of the stream that was then removed. */
async function remove<T>(
  deps: Deps,
  actor: Actor,
  { look, ...request }: Deletion & { readonly look: (stream: Stream) => Promise<T> },
): Promise<T> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const stream = await findStream(deps, actor, request.stream);
    if (request.ifRevision !== undefined && request.ifRevision !== stream.revision)
      throw new DomainError("stream.changed", `the stream has revision ${stream.revision}`, {
        hint: "get the stream again and send its ETag",
      });
    const { organization, id } = stream;
    const { device } = stream.placement;
    // Not again: of many writers at once all but one come back, and a thing takes few requests.
    const seen = device && attempt === 0 ? seeManifest(deps, device, id) : undefined;
    const [looked] = await Promise.all([look(stream), Promise.allSettled([seen])]);
    if (!(await deps.store.streams.delete(stream))) continue;
    const written = seen && { stream: undefined, seen };
    if (device) await syncAfterWrite(deps, { organization, device, stream: id, written });
    return looked;
  }
  throw new DomainError("stream.conflict", "the stream kept changing under several writers");
}
