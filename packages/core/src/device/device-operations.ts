import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import type { Actor, Deps } from "../ports/deps.ts";
import { neverSeen } from "../presence/presence.ts";
import { findSite } from "../site/find.ts";
import { editStream } from "../stream/edit.ts";
import { findDevice } from "./find.ts";
import type { Device } from "./device.ts";

export interface NewDevice {
  readonly name: string;
  readonly title?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Site id or name. */
  readonly site: number | string;
}

/** @throws DomainError site.not-found | device.name-taken | input.invalid */
export async function registerDevice(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  actor: Actor,
  input: NewDevice,
): Promise<Device> {
  if (isId("device", input.name))
    throw new DomainError("input.invalid", "a name must not have the form of an id");
  const site = await findSite(deps, actor.organization, input.site);
  const nowMs = deps.clock.nowMs();
  const device: Device = {
    organization: actor.organization,
    id: deps.ids.next("device"),
    site: site.id,
    name: input.name,
    title: input.title ?? "",
    labels: input.labels ?? {},
    presence: neverSeen(nowMs),
    slots: [],
    revision: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  try {
    await deps.store.devices.create(device);
    return device;
  } catch (error) {
    if (!isDomainError(error, "device.name-taken")) throw error;
    // An earlier try of this very request, which died half-way, has the same id.
    const holder = await deps.store.devices.findByName(actor.organization, device.name);
    if (holder?.id !== device.id) throw error;
    return holder;
  }
}

export interface DeviceDocument {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
}

const tries = 5;

/** Changes labels and title. @throws DomainError device.not-found | stream.changed (If-Match) | input.invalid */
export async function editDevice(
  deps: Pick<Deps, "store" | "clock">,
  actor: Actor,
  request: {
    readonly device: string;
    readonly edit: (document: DeviceDocument) => DeviceDocument;
    readonly ifRevision?: number | undefined;
  },
): Promise<Device> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await findDevice(deps, actor.organization, request.device);
    if (request.ifRevision !== undefined && request.ifRevision !== before.revision)
      throw new DomainError("device.changed", `the device has revision ${before.revision}`, {
        hint: "get the device, apply the change again, and send its ETag",
      });
    const current: DeviceDocument = { title: before.title, labels: before.labels };
    const document = request.edit(current);
    if (JSON.stringify(document) === JSON.stringify(current)) return before;
    const next = { ...before, ...document, updatedAtMs: deps.clock.nowMs() };
    if (await deps.store.devices.change(next)) return { ...next, revision: before.revision + 1 };
  }
  throw new DomainError("device.conflict", "the device kept changing under several writers");
}

/**
 * Removes a device. With `unplace` its streams are kept and wait for another device. Its certificate is revoked by `functions/enrol`
 * when the table says that the device is gone.
 * @throws DomainError device.not-found | device.has-streams
 */
export async function deleteDevice(
  deps: Deps,
  actor: Actor,
  request: { readonly device: string; readonly unplace: boolean },
): Promise<Device> {
  const device = await findDevice(deps, actor.organization, request.device);
  if (request.unplace) await unplaceStreams(deps, actor, device.id);
  await deps.store.devices.delete(actor.organization, device.id);
  return device;
}

async function unplaceStreams(deps: Deps, actor: Actor, device: string): Promise<void> {
  for (const { stream } of await deps.store.streams.assignments(device)) {
    try {
      await editStream(deps, actor, {
        stream,
        edit: (document) => ({ ...document, device: null }),
      });
    } catch (error) {
      // Deleted meanwhile: it is not in the way any more.
      if (!isDomainError(error, "stream.not-found")) throw error;
    }
  }
}
