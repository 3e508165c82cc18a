/** Undoes what somebody has changed on a box. */
import { requirePermission } from "../access/reach.ts";
import { createCommand } from "../command/command-operations.ts";
import type { Command } from "../command/command.ts";
import { editDevice } from "../device/device-operations.ts";
import type { Device } from "../device/device.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import { editStream } from "../stream/edit.ts";
import type { Stream } from "../stream/stream.ts";
import { findDriftedDeviceSettings, findDriftedSettings, findUnmanaged } from "./drift.ts";

/** Has the box take the stream out. @throws DomainError drift.not-found */
export async function revertStream(
  deps: Deps,
  actor: Actor,
  { device, localName }: { readonly device: Device; readonly localName: string },
): Promise<Command> {
  await findUnmanaged(deps, device, localName);
  const kind = "device.remove-unmanaged";
  return createCommand(deps, actor, { device: device.id, kind, args: { localName } });
}

/** A new revision of the same: the box sets everything again. @throws DomainError drift.not-found, and what `editStream` throws */
export async function revertSettings(deps: Deps, actor: Actor, stream: Stream): Promise<Stream> {
  await findDriftedSettings(deps, stream);
  const { id, revision } = stream;
  return editStream(deps, actor, {
    stream: id,
    ifRevision: revision,
    again: true,
    edit: (document) => document,
  });
}

/**
 * As `revertSettings`, of the device itself, which takes the right to change that.
 * @throws DomainError auth.forbidden | drift.not-found, and what `editDevice` throws
 */
export async function revertDeviceSettings(
  deps: Deps,
  { actor, principal }: Caller,
  device: Device,
): Promise<Device> {
  requirePermission(principal, "devices:write", device.site);
  await findDriftedDeviceSettings(deps, device);
  const { id, revision } = device;
  return editDevice(deps, actor, {
    device: id,
    ifRevision: revision,
    again: true,
    edit: (document) => document,
  });
}
