import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import type { Device } from "../device/device.ts";
import { canBeKey } from "../key.ts";
import { reachesDevice, requireSite } from "../access/reach.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Stream } from "./stream.ts";

/** A stream by id or name. @throws DomainError stream.not-found | auth.forbidden */
export async function findStream(
  deps: Pick<Deps, "store">,
  { organization, reach }: Pick<Actor, "organization" | "reach">,
  key: string,
): Promise<Stream> {
  const stream = isId("stream", key)
    ? await deps.store.streams.get(organization, key)
    : canBeKey(key)
      ? await deps.store.streams.findByName(organization, key)
      : undefined;
  const missing = (): DomainError =>
    new DomainError("stream.not-found", `there is no stream ${key}`);
  if (!stream || !reachesDevice(reach, stream.placement.device)) throw missing();
  requireSite(reach, stream.site, missing);
  return stream;
}

/** A stream of a device by its slot, or by the name it has there. @throws DomainError stream.not-found */
export async function findOnDevice(
  deps: Pick<Deps, "store">,
  device: Pick<Device, "organization" | "id">,
  key: number | string,
): Promise<Stream> {
  const stream =
    typeof key === "number"
      ? await findBySlot(deps, device, key)
      : canBeKey(key)
        ? await deps.store.streams.findByLocalName(device, key)
        : undefined;
  if (!stream) throw new DomainError("stream.not-found", `the device has no stream ${key}`);
  return stream;
}

async function findBySlot(
  { store }: Pick<Deps, "store">,
  { organization, id }: Pick<Device, "organization" | "id">,
  slot: number,
): Promise<Stream | undefined> {
  const assigned = await store.streams.assignments(id);
  const stream = assigned.find((assignment) => assignment.slot === slot)?.stream;
  return stream === undefined ? undefined : store.streams.get(organization, stream);
}

/** The same, of those that are to run: a disabled one is not in the pipeline. @throws DomainError stream.not-found */
export async function findRunnable(
  deps: Pick<Deps, "store">,
  device: Pick<Device, "organization" | "id">,
  key: number | string,
): Promise<Stream> {
  const stream = await findOnDevice(deps, device, key);
  if (!stream.enabled) throw new DomainError("stream.not-found", `the stream ${key} is disabled`);
  return stream;
}

/** A stream by id or name, of those that are placed on this device. @throws DomainError stream.not-found | stream.not-placed */
export async function findPlaced(
  deps: Pick<Deps, "store">,
  { actor, device }: { readonly actor: Actor; readonly device: Pick<Device, "id"> },
  key: string,
): Promise<Stream> {
  const stream = await findStream(deps, actor, key);
  if (stream.placement.device === device.id) return stream;
  throw new DomainError("stream.not-placed", "the stream is not placed on this device");
}
