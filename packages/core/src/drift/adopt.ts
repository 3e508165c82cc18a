/** Takes over what somebody has changed on a box: from then on it is wanted. */
import { DomainError } from "@sightline/contracts/errors";
import type { UnmanagedStream } from "@sightline/contracts/device-report";
import { DeviceSettings, StreamSettings } from "@sightline/contracts/settings";
import { requirePermission } from "../access/reach.ts";
import { editDevice } from "../device/device-operations.ts";
import type { Device } from "../device/device.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import { createStream } from "../stream/create.ts";
import { editStream } from "../stream/edit.ts";
import { sourceOfUrl, type SourceInput } from "../stream/source.ts";
import type { Stream } from "../stream/stream.ts";
import {
  findDriftedDeviceSettings,
  findDriftedSettings,
  findUnmanaged,
  isTold,
  type ChangedSetting,
} from "./drift.ts";

export interface StreamAdoption {
  readonly localName: string;
  /** The local name when absent. */
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  /** What the box cannot tell: the URL of a server that is not ours, and credentials, which do not leave it. */
  readonly source?: GivenSource | undefined;
}

type GivenSource = { readonly [K in keyof SourceInput]?: SourceInput[K] | undefined };

/** @throws DomainError drift.not-found | drift.not-adoptable, and what `createStream` throws */
export async function adoptStream(
  deps: Deps,
  actor: Actor,
  { device, adoption }: { readonly device: Device; readonly adoption: StreamAdoption },
): Promise<Stream> {
  const { localName, name = localName, title } = adoption;
  const found = await findUnmanaged(deps, device, localName);
  const source = sourceOf(found, adoption.source ?? {});
  const made = await createStream(deps, actor, {
    name,
    title,
    localName,
    device: device.id,
    source,
  });
  return made.stream;
}

/** @throws DomainError drift.not-adoptable */
function sourceOf({ url, hasCredentials }: UnmanagedStream, given: GivenSource) {
  const refuse = (hint: string): DomainError =>
    new DomainError("drift.not-adoptable", "the box does not tell all of its source", { hint });
  const known = given.url ?? url;
  if (known === "") throw refuse("send source.url");
  if (hasCredentials && given.url === undefined && given.username === undefined)
    throw refuse("send source.username and source.password: they do not leave the box");
  return { ...given, ...sourceOfUrl(known) };
}

/** @throws DomainError drift.not-found | drift.not-adoptable, and what `editStream` throws */
export async function adoptSettings(deps: Deps, actor: Actor, stream: Stream): Promise<Stream> {
  const found = await findDriftedSettings(deps, stream);
  const settings = StreamSettings.safeParse({ ...stream.settings, ...appliedOf(found) });
  if (!settings.success || !found.every(isTold)) throw notKept();
  return editStream(deps, actor, {
    stream: stream.id,
    ifRevision: stream.revision,
    edit: (document) => ({ ...document, settings: settings.data }),
  });
}

/**
 * Of the device itself, which takes the right to change that.
 * @throws DomainError auth.forbidden | drift.not-found | drift.not-adoptable, and what `editDevice` throws
 */
export async function adoptDeviceSettings(
  deps: Deps,
  { actor, principal }: Caller,
  device: Device,
): Promise<Device> {
  requirePermission(principal, "devices:write", device.site);
  const found = await findDriftedDeviceSettings(deps, device);
  const settings = DeviceSettings.safeParse({ ...device.wish?.settings, ...appliedOf(found) });
  if (!settings.success) throw notKept();
  return editDevice(deps, actor, {
    device: device.id,
    ifRevision: device.revision,
    edit: (document) => ({ ...document, settings: settings.data }),
  });
}

const appliedOf = (found: readonly ChangedSetting[]): object =>
  Object.fromEntries(found.map(({ key, applied }) => [key, applied]));

const notKept = (): DomainError =>
  new DomainError("drift.not-adoptable", "what was set on the box cannot be kept here", {
    hint: "revert it, or set what can be",
  });
