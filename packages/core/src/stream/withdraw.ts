/** Takes back what a box has refused, for dialects whose clients take a refused call for one without effect. */
import { isDomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
import { deleteStream } from "./delete.ts";
import { editStream, streamDocument } from "./edit.ts";
import type { Stream } from "./stream.ts";

/** Puts back what the stream was before, but for its source; false when somebody has changed it since, or it is gone. */
export async function withdrawEdit(
  deps: Deps,
  actor: Actor,
  { before, after }: { readonly before: Stream; readonly after: Stream },
): Promise<boolean> {
  if (before.revision === after.revision) return true;
  return unlessChanged(() =>
    editStream(deps, actor, {
      stream: after.id,
      ifRevision: after.revision,
      edit: ({ source }) => ({ ...streamDocument(before), source }),
    }),
  );
}

/** Removes a stream that was just made; false when somebody has changed it since, or it is gone. */
export const withdrawCreate = (deps: Deps, actor: Actor, made: Stream): Promise<boolean> =>
  unlessChanged(() => deleteStream(deps, actor, { stream: made.id, ifRevision: made.revision }));

async function unlessChanged(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isDomainError(error, "stream.changed") || isDomainError(error, "stream.not-found"))
      return false;
    throw error;
  }
}
