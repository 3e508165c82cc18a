import { DomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
import { seeManifest } from "../sync/shadow-sync.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import { findStream } from "./find.ts";
import type { Stream } from "./stream.ts";

const tries = 5;

/** Removes a stream everywhere. Returns it as it was. @throws DomainError stream.not-found | stream.changed | stream.conflict */
export async function deleteStream(
  deps: Deps,
  actor: Actor,
  request: { readonly stream: string; readonly ifRevision?: number | undefined },
): Promise<Stream> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const stream = await findStream(deps, actor.organization, request.stream);
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
