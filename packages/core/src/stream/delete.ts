import { DomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
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
    if (!(await deps.store.streams.delete(stream))) continue;
    const { organization, id, placement } = stream;
    if (placement.device)
      await syncAfterWrite(deps, { organization, device: placement.device, stream: id });
    return stream;
  }
  throw new DomainError("stream.conflict", "the stream kept changing under several writers");
}
