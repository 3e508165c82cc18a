import { DomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
import { seeManifest } from "../sync/shadow-sync.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import { findStream } from "./find.ts";
import type { Stream } from "./stream.ts";
import { readLeaving, waitForRemoval, type WaitOutcome } from "./wait.ts";

interface Deletion {
  /** Id or name. */
  readonly stream: string;
  readonly ifRevision?: number | undefined;
}

const tries = 5;

/** Removes a stream everywhere. Returns it as it was. @throws DomainError stream.not-found | stream.changed | stream.conflict */
export async function deleteStream(deps: Deps, actor: Actor, request: Deletion): Promise<Stream> {
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
    await Promise.allSettled([seen]);
    if (!(await deps.store.streams.delete(stream))) continue;
    const written = seen && { stream: undefined, seen };
    if (device) await syncAfterWrite(deps, { organization, device, stream: id, written });
    return stream;
  }
  throw new DomainError("stream.conflict", "the stream kept changing under several writers");
}

/** Removes a stream, and waits until its device no longer has it. @throws like `deleteStream` */
export async function deleteStreamAndWait(
  deps: Deps,
  actor: Actor,
  { timeoutMs, ...request }: Deletion & { readonly timeoutMs: number },
): Promise<WaitOutcome> {
  const stream = await findStream(deps, actor, request.stream);
  const leaving = await readLeaving(deps, stream);
  await deleteStream(deps, actor, { ...request, stream: stream.id });
  return waitForRemoval(deps, leaving, timeoutMs);
}
