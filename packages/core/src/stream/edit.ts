import { canonicalJson } from "@sightline/contracts/canonical-json";
import { DomainError } from "@sightline/contracts/errors";
import { findDevice } from "../device/find.ts";
import { findFolderAt } from "../folder/find.ts";
import { freeSlot } from "../placement/placement.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { seeShadows, type SeenShadows } from "../sync/shadow-sync.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import { checkDesired } from "./desired.ts";
import { findStream } from "./find.ts";
import { makeSource, maskedSecret, sealSource, type SourceInput } from "./source.ts";
import type { Placement, Stream } from "./stream.ts";

/** What people see and change of a stream. */
export interface StreamDocument {
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly localName: string;
  readonly enabled: boolean;
  readonly source: SourceInput;
  readonly settings: Stream["settings"];
  /** One of its site; null: in none. A stream that moves to another site leaves it. */
  readonly folder: number | null;
  /** Device id or name; null: unplaced. */
  readonly device: string | null;
}

export const streamDocument = (stream: Stream): StreamDocument => ({
  title: stream.title,
  labels: stream.labels,
  localName: stream.localName,
  enabled: stream.enabled,
  source: {
    url: stream.source.url,
    transport: stream.source.transport,
    ...(stream.source.credentials && {
      username: stream.source.credentials.username,
      password: maskedSecret,
    }),
  },
  settings: stream.settings,
  folder: stream.folder ?? null,
  device: stream.placement.device ?? null,
});

export interface EditRequest {
  /** Id or name. */
  readonly stream: string;
  /** What it should be, from what it is; called again when another writer came first. */
  readonly edit: (document: StreamDocument) => StreamDocument;
  /** A new revision also when nothing changes: the box carries everything out once more. */
  readonly again?: boolean | undefined;
  /** The revision that the caller has seen; any when absent. */
  readonly ifRevision?: number | undefined;
}

const tries = 5;

/**
 * Changes what a stream should be. An edit that changes nothing is no change: the revision stays.
 * @throws DomainError stream.not-found | stream.changed (If-Match) | stream.conflict | input.invalid | device.not-found | …
 */
export async function editStream(deps: Deps, actor: Actor, request: EditRequest): Promise<Stream> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await findStream(deps, actor, request.stream);
    if (request.ifRevision !== undefined && request.ifRevision !== before.revision)
      throw new DomainError("stream.changed", `the stream has revision ${before.revision}`, {
        hint: "get the stream, apply the change again, and send its ETag",
      });
    const document = request.edit(streamDocument(before));
    const placement = await nextPlacement(deps, actor, { before, wanted: document.device });
    // The device may be given by its name.
    const wanted = { ...document, device: placement.device ?? null };
    const isSame = canonicalJson(streamDocument(before)) === canonicalJson(wanted);
    if (isSame && !request.again) return before;
    // Not again: of many writers at once all but one come back, and a thing takes few requests.
    const seen = attempt === 0 ? seeBeforeWrite(deps, before, placement) : undefined;
    const next = await nextStream(deps, actor, { before, document, placement });
    checkDesired(next);
    await Promise.allSettled([seen]);
    if (await write(deps, before, next)) {
      await syncDevices(deps, { before, next, seen });
      return next;
    }
  }
  throw new DomainError("stream.conflict", "the stream kept changing under several writers");
}

/** The shadows, beside what else an edit reads. A move reads them after it: they are another device's as well. */
function seeBeforeWrite(
  deps: Deps,
  before: Stream,
  { device, epoch }: Placement,
): Promise<SeenShadows> | undefined {
  if (device === undefined || epoch !== before.placement.epoch) return undefined;
  const seen = seeShadows(deps, device, [before.id]);
  // The sync after the write hears of it.
  seen.catch(() => undefined);
  return seen;
}

async function nextStream(
  deps: Deps,
  actor: Actor,
  made: { before: Stream; document: StreamDocument; placement: Placement },
): Promise<Stream> {
  const { before, document, placement } = made;
  const target = placement.device
    ? await deps.store.devices.get(before.organization, placement.device)
    : undefined;
  const source = await makeSource(deps, document.source, {
    streamId: before.id,
    before: before.source,
  });
  const { title, labels, localName, enabled, settings } = document;
  const sealingKey = target?.identity?.sealingKey;
  const site = target?.site ?? before.site;
  const folder = await nextFolder(deps, actor, { before, wanted: document.folder, site });
  const { folder: _, ...rest } = before;
  return {
    ...rest,
    ...(folder !== undefined && { folder }),
    title,
    labels,
    localName,
    enabled,
    settings,
    source: await sealSource(deps, source, { streamId: before.id, sealingKey }),
    site,
    placement,
    revision: before.revision + 1,
    desiredAtMs: deps.clock.nowMs(),
    desiredBy: actor.name,
    requestId: actor.requestId,
  };
}

/** @throws DomainError folder.not-found | input.invalid */
async function nextFolder(
  deps: Deps,
  actor: Actor,
  asked: { readonly before: Stream; readonly wanted: number | null; readonly site: number },
): Promise<number | undefined> {
  const { before, wanted, site } = asked;
  if (wanted === null) return undefined;
  if (wanted === before.folder) return site === before.site ? wanted : undefined;
  return (await findFolderAt(deps, actor, { id: wanted, site })).id;
}

async function nextPlacement(
  deps: Deps,
  actor: Actor,
  { before, wanted }: { readonly before: Stream; readonly wanted: string | null },
): Promise<Placement> {
  const { placement } = before;
  if (wanted === null)
    return placement.device === undefined ? placement : { epoch: placement.epoch + 1 };
  if (wanted === placement.device) return placement;
  const device = await findDevice(deps, actor, wanted);
  if (device.id === placement.device) return placement;
  return { device: device.id, slot: freeSlot(device), epoch: placement.epoch + 1 };
}

async function write(deps: Deps, before: Stream, next: Stream): Promise<boolean> {
  const { streams } = deps.store;
  const moves =
    before.placement !== next.placement ||
    before.localName !== next.localName ||
    before.folder !== next.folder;
  if (!moves) return streams.change(next);
  try {
    return await streams.move(before, next);
  } catch (error) {
    if (error instanceof DomainError && error.code === "stream.conflict") return false;
    throw error;
  }
}

async function syncDevices(
  deps: Deps,
  { before, next, seen }: { before: Stream; next: Stream; seen: Promise<SeenShadows> | undefined },
): Promise<void> {
  const { organization, id } = next;
  const written = seen && { stream: next, seen };
  const devices = new Set([before.placement.device, next.placement.device]);
  for (const device of devices)
    if (device) await syncAfterWrite(deps, { organization, device, stream: id, written });
}
