import { canonicalJson } from "@sightline/contracts/canonical-json";
import type { PipelineWanted } from "@sightline/contracts/desired-state";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import type { DeviceSettings } from "@sightline/contracts/settings";
import { requireNoDevice } from "../access/reach.ts";
import { revokeTokensOf } from "../token/token-operations.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { neverSeen } from "../presence/presence.ts";
import { findSite } from "../site/find.ts";
import { editStream } from "../stream/edit.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import { wishDesired } from "./desired.ts";
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
  requireNoDevice(actor.reach);
  const site = await findSite(deps, actor, input.site);
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

/** What people see and change of a device. */
export interface DeviceDocument {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pipeline: PipelineWanted;
  readonly settings: DeviceSettings;
}

export const deviceDocument = (device: Device): DeviceDocument => {
  const { pipeline, settings } = wishDesired(device);
  return { title: device.title, labels: device.labels, pipeline, settings };
};

const tries = 5;

/**
 * Changes what a device should be, and tells the box what is its business.
 * @throws DomainError device.not-found | device.changed (If-Match) | device.conflict | input.invalid
 */
export async function editDevice(
  deps: Pick<Deps, "installation" | "store" | "gateway" | "clock">,
  actor: Actor,
  request: {
    readonly device: string;
    readonly edit: (document: DeviceDocument) => DeviceDocument;
    /** A new revision of the wish also when nothing changes: the box carries it out once more. */
    readonly again?: boolean | undefined;
    readonly ifRevision?: number | undefined;
  },
): Promise<Device> {
  const { organization } = actor;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await findDevice(deps, actor, request.device);
    if (request.ifRevision !== undefined && request.ifRevision !== before.revision)
      throw new DomainError("device.changed", `the device has revision ${before.revision}`, {
        hint: "get the device, apply the change again, and send its ETag",
      });
    const current = deviceDocument(before);
    const { title, labels, ...wanted } = request.edit(current);
    const isSame = canonicalJson({ title, labels, ...wanted }) === canonicalJson(current);
    if (isSame && !request.again) return before;
    const { again = false } = request;
    const wish = nextWish(before, wanted, { actor, again, nowMs: deps.clock.nowMs() });
    const next = {
      ...before,
      title,
      labels,
      ...(wish && { wish }),
      updatedAtMs: deps.clock.nowMs(),
    };
    if (!(await deps.store.devices.change(next))) continue;
    if (wish !== before.wish)
      await syncAfterWrite(deps, { organization, device: before.id, only: "wish" });
    return { ...next, revision: before.revision + 1 };
  }
  throw new DomainError("device.conflict", "the device kept changing under several writers");
}

/** The one before where nothing of it changes, unless it is wanted again. */
function nextWish(
  before: Device,
  wanted: Pick<DeviceDocument, "pipeline" | "settings">,
  asked: { readonly actor: Actor; readonly again: boolean; readonly nowMs: number },
): Device["wish"] {
  const { pipeline, settings, revision } = wishDesired(before);
  const isSame = canonicalJson(wanted) === canonicalJson({ pipeline, settings });
  if (isSame && !asked.again) return before.wish;
  const { actor, nowMs } = asked;
  return {
    ...wanted,
    revision: revision + 1,
    desiredAtMs: nowMs,
    desiredBy: actor.name,
    requestId: actor.requestId,
  };
}

/**
 * Removes a device, and the tokens that are good for it alone. With `unplace` its streams are kept and wait for another device. Its
 * certificate is revoked by `functions/enrol` when the table says that the device is gone.
 * @throws DomainError device.not-found | device.has-streams
 */
export async function deleteDevice(
  deps: Deps,
  actor: Actor,
  request: { readonly device: string; readonly unplace: boolean },
): Promise<Device> {
  const device = await findDevice(deps, actor, request.device);
  if (request.unplace) await unplaceStreams(deps, actor, device.id);
  await deps.store.devices.delete(actor.organization, device.id);
  await revokeTokensOf(deps, device);
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
