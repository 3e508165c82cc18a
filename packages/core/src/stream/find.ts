import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import { canBeKey } from "../key.ts";
import type { Deps } from "../ports/deps.ts";
import type { Stream } from "./stream.ts";

/** A stream by id or name. @throws DomainError stream.not-found */
export async function findStream(
  deps: Pick<Deps, "store">,
  organization: string,
  key: string,
): Promise<Stream> {
  const stream = isId("stream", key)
    ? await deps.store.streams.get(organization, key)
    : canBeKey(key)
      ? await deps.store.streams.findByName(organization, key)
      : undefined;
  if (!stream) throw new DomainError("stream.not-found", `there is no stream ${key}`);
  return stream;
}
