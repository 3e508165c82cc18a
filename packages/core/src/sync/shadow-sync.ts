/**
 * Brings a device's shadows to what the database says. Level-triggered: order, repetition and crashes do not matter.
 *
 * INVARIANTS
 * - The shadows are read first, then the assignments (strongly), then the shadows are written with the versions read. The other
 *   order of reading loses updates when two writers interleave. Who reads the shadows and then writes a stream's row knows the row
 *   as well as by reading it: the write is conditional.
 * - A revision in a shadow is never lowered.
 * - The manifest is written after the shadows of the streams it adds, and before those of the streams it drops are deleted. Whether
 *   those it has come to name are still there, and those it names no more still gone, is looked at afterwards.
 * - The sync of one stream says nothing of the others: it keeps what the manifest has of them.
 * - A shadow that does not exist has no version to write with, so two may create it at once, and the one who comes second may put an
 *   older revision over a newer one. They find out by the manifest's version: the second to write it starts over. Agents ignore lower
 *   revisions meanwhile. Of the shadow `device` itself only what says nothing is written without a version.
 */
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { thingName } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import { deviceShadow, streamOfShadow, streamShadow } from "@sightline/contracts/shadow";
import type { Manifest } from "@sightline/contracts/device-report";
import { wishDesired } from "../device/desired.ts";
import { mergePatchBetween } from "../merge-patch.ts";
import type { Deps } from "../ports/deps.ts";
import type { ShadowDocument } from "../ports/gateway.ts";
import { streamDesired } from "../stream/desired.ts";
import type { Stream } from "../stream/stream.ts";

type SyncDeps = Pick<Deps, "installation" | "store" | "gateway">;

export interface SyncTarget {
  readonly organization: string;
  readonly device: string;
  /** Only this one was written: a third of the requests. Whoever may have missed a write leaves it out. */
  readonly stream?: string;
  /** Nothing but what the device itself should be was written. */
  readonly only?: "wish";
  /** Also compare the shadows of streams whose revision the manifest already names, and drop leftovers. After a hello. */
  readonly full?: boolean;
  /** Of `stream`: spares the reading of both. */
  readonly written?: WrittenStream | undefined;
}

export interface WrittenStream {
  /** As its row was written, on this device; undefined when that was deleted. */
  readonly stream: Stream | undefined;
  /** The shadows as they were before that; settled when the row was written. */
  readonly seen: Promise<SeenShadows>;
}

export interface SeenShadows {
  readonly device: ShadowDocument | undefined;
  readonly shadows: ReadonlyMap<string, ShadowDocument | undefined>;
}

const rounds = 8;

/** @throws DomainError sync.conflict when the shadows kept changing | gateway.unavailable | shadow.too-large */
export async function syncShadow(deps: SyncDeps, target: SyncTarget): Promise<void> {
  const { organization, device } = target;
  // Streams this call has written: looked at again after a conflict.
  const touched = new Set<string>(target.stream === undefined ? [] : [target.stream]);
  let next = target;
  for (let round = 0; round < rounds; round += 1) {
    const current = next;
    next = { ...current, written: undefined };
    try {
      const outcome = await syncOnce(deps, current, touched);
      if (outcome === "settled") return;
      if (outcome === "unknown") next = { organization, device };
    } catch (error) {
      // No box has enrolled yet: there is nobody to tell, and the enrolment syncs.
      if (isDomainError(error, "device.not-enrolled")) return;
      if (!isDomainError(error, "sync.conflict")) throw error;
    }
  }
  throw new DomainError("sync.conflict", `the shadows of ${device} kept changing`);
}

/** `unknown`: no manifest yet, so that one which names a part of the streams would take the others away. */
async function syncOnce(
  deps: SyncDeps,
  target: SyncTarget,
  touched: Set<string>,
): Promise<"settled" | "again" | "unknown"> {
  const thing = thingName(deps.installation, target.device);
  const read = await readerFor(target)(deps, target, touched);
  if (!read) {
    await deps.gateway.updateShadow(thing, deviceShadow, { desired: { v: 1 }, version: 0 });
    return "again";
  }
  const { device, held, others, shadows, truth, wish } = read;
  const isPart = target.stream !== undefined || target.only !== undefined;
  if (isPart && !device.state.desired?.["manifest"]) return "unknown";
  for (const [id, stream] of truth)
    if (stream.revision > (held[id] ?? 0) && !shadows.has(id)) return "again";
  for (const id of Object.keys(held)) if (!truth.has(id) && !shadows.has(id)) return "again";
  // Deleted, and not in a manifest as it was before that: somebody may have added it since.
  const isUnnamed = (id: string): boolean => !truth.has(id) && !Object.hasOwn(held, id);
  if (target.written && [...shadows.keys()].some(isUnnamed)) return "again";

  let isCreated = false;
  await eachInFlight([...shadows], async ([id, shadow]) => {
    const stream = truth.get(id);
    touched.add(id);
    if (!stream) return;
    isCreated ||= !shadow;
    await writeStream(deps, thing, { stream, shadow });
  });
  const manifest = { ...others, ...manifestFor(truth, held) };
  const patch = mergePatchBetween(device.state.desired ?? {}, { v: 1, manifest, wish });
  if (patch) {
    const change = { desired: patch, version: device.version };
    await deps.gateway.updateShadow(thing, deviceShadow, change);
  }
  const dropped = [...shadows.keys()].filter((id) => !truth.has(id));
  await eachInFlight(dropped, (id) => deps.gateway.deleteShadow(thing, streamShadow(id)));
  // The manifest was not written, so nobody would have noticed who else created the same shadow.
  if (isCreated && !patch) return "again";
  const added = [...truth.keys()].filter((id) => !Object.hasOwn(held, id));
  if (dropped.length === 0 && added.length === 0) return "settled";
  // A stream that was placed again while its old shadow was deleted needs a new one; whoever deleted one that was not in the
  // manifest yet has found nothing to take out.
  const now = await readDesired(deps, target);
  const isWrong = dropped.some((id) => now.has(id)) || added.some((id) => !now.has(id));
  return isWrong ? "again" : "settled";
}

interface Read {
  readonly device: ShadowDocument;
  /** The manifest, of the streams that are looked at. */
  readonly held: Manifest;
  /** The manifest, of those that are not. */
  readonly others: Manifest;
  readonly shadows: ReadonlyMap<string, ShadowDocument | undefined>;
  /** The rows, read after every shadow that is going to be written. */
  readonly truth: ReadonlyMap<string, Stream>;
  /** What the device itself should be; as the shadow has it where that is not looked at. */
  readonly wish: unknown;
}

type Reader = (
  deps: SyncDeps,
  target: SyncTarget,
  touched: ReadonlySet<string>,
) => Promise<Read | undefined>;

function readerFor({ stream, only }: SyncTarget): Reader {
  if (only === "wish") return readWish;
  return stream === undefined ? readDevice : readStream;
}

/** The device's row is read after the shadow. */
async function readWish(deps: SyncDeps, target: SyncTarget): Promise<Read | undefined> {
  const device = await deps.gateway.getShadow(
    thingName(deps.installation, target.device),
    deviceShadow,
  );
  if (!device) return undefined;
  const wish = await wishFor(deps, target, device);
  const nothing = { held: {}, shadows: new Map(), truth: new Map() };
  return { device, others: manifestOf(device), ...nothing, wish };
}

/** Never one of a lower revision than the shadow has. */
async function wishFor(
  deps: SyncDeps,
  { organization, device }: SyncTarget,
  shadow: ShadowDocument,
): Promise<unknown> {
  const row = await deps.store.devices.get(organization, device);
  const wish = row?.wish && wishDesired(row);
  const held = wishOf(shadow);
  return wish && wish.revision >= (held?.revision ?? 0) ? wish : held;
}

const wishOf = (shadow: ShadowDocument): { readonly revision?: number } | undefined =>
  shadow.state.desired?.["wish"] as { readonly revision?: number } | undefined;

/** Undefined when there is no shadow `device` yet. */
async function readDevice(
  deps: SyncDeps,
  target: SyncTarget,
  touched: ReadonlySet<string>,
): Promise<Read | undefined> {
  const thing = thingName(deps.installation, target.device);
  const device = await deps.gateway.getShadow(thing, deviceShadow);
  if (!device) return undefined;
  const held = manifestOf(device);
  const wanted = await readDesired(deps, target);
  const suspects = await suspectStreams(deps, target, { thing, held, wanted, touched });
  const shadows = await readShadows(deps, thing, suspects);
  const truth = suspects.length > 0 ? await readDesired(deps, target) : wanted;
  return { device, held, others: {}, shadows, truth, wish: await wishFor(deps, target, device) };
}

async function readStream(
  deps: SyncDeps,
  target: SyncTarget,
  touched: ReadonlySet<string>,
): Promise<Read | undefined> {
  const { written } = target;
  const { device, shadows } = await (written?.seen ?? seeShadows(deps, target.device, touched));
  if (!device) return undefined;
  const manifest = Object.entries(manifestOf(device));
  return {
    device,
    held: Object.fromEntries(manifest.filter(([id]) => touched.has(id))),
    others: Object.fromEntries(manifest.filter(([id]) => !touched.has(id))),
    shadows,
    wish: wishOf(device),
    truth: written ? byId(written.stream ? [written.stream] : []) : await readDesired(deps, target),
  };
}

const byId = (streams: readonly Stream[]): ReadonlyMap<string, Stream> =>
  new Map(streams.map((stream) => [stream.id, stream]));

/** The shadow `device` and those of the streams. @throws DomainError gateway.unavailable */
export async function seeShadows(
  deps: Pick<Deps, "installation" | "gateway">,
  device: string,
  streams: Iterable<string>,
): Promise<SeenShadows> {
  const thing = thingName(deps.installation, device);
  const [document, shadows] = await Promise.all([
    deps.gateway.getShadow(thing, deviceShadow),
    readShadows(deps, thing, [...streams]),
  ]);
  return { device: document, shadows };
}

/** The shadow `device` alone: the stream's cannot be there yet, or is going to be deleted whatever it holds. */
export async function seeManifest(
  deps: Pick<Deps, "installation" | "gateway">,
  device: string,
  stream: string,
): Promise<SeenShadows> {
  const thing = thingName(deps.installation, device);
  const document = await deps.gateway.getShadow(thing, deviceShadow);
  return { device: document, shadows: new Map([[stream, undefined]]) };
}

const manifestOf = (shadow: ShadowDocument | undefined): Manifest =>
  (shadow?.state.desired?.["manifest"] as Manifest | undefined) ?? {};

const manifestFor = (truth: ReadonlyMap<string, Stream>, held: Manifest): Manifest =>
  Object.fromEntries(
    [...truth].map(([id, stream]) => [id, Math.max(stream.revision, held[id] ?? 0)]),
  );

async function readDesired(
  deps: SyncDeps,
  target: SyncTarget,
): Promise<ReadonlyMap<string, Stream>> {
  const ids =
    target.stream === undefined
      ? (await deps.store.streams.assignments(target.device)).map(({ stream }) => stream)
      : [target.stream];
  const streams = await deps.store.streams.getMany(target.organization, ids);
  return byId(streams.filter((stream) => stream.placement.device === target.device));
}

/** Streams whose shadow may have to be written or deleted. */
async function suspectStreams(
  deps: SyncDeps,
  target: SyncTarget,
  known: {
    thing: string;
    held: Manifest;
    wanted: ReadonlyMap<string, Stream>;
    touched: ReadonlySet<string>;
  },
): Promise<readonly string[]> {
  const { thing, held, wanted, touched } = known;
  const changed = [...wanted.values()].filter((stream) => stream.revision > (held[stream.id] ?? 0));
  const gone = Object.keys(held).filter((id) => !wanted.has(id));
  if (!target.full)
    return [...new Set([...changed.map((stream) => stream.id), ...gone, ...touched])];
  const existing = await deps.gateway.listShadows(thing);
  const leftovers = existing.flatMap((name) => streamOfShadow(name) ?? []);
  return [...new Set([...wanted.keys(), ...gone, ...leftovers])];
}

async function readShadows(
  deps: Pick<Deps, "gateway">,
  thing: string,
  streams: readonly string[],
): Promise<ReadonlyMap<string, ShadowDocument | undefined>> {
  const shadows = new Map<string, ShadowDocument | undefined>();
  await eachInFlight(streams, async (id) => {
    shadows.set(id, await deps.gateway.getShadow(thing, streamShadow(id)));
  });
  return shadows;
}

async function writeStream(
  deps: SyncDeps,
  thing: string,
  { stream, shadow }: { stream: Stream; shadow: ShadowDocument | undefined },
): Promise<void> {
  const before = shadow?.state.desired ?? {};
  const { revision } = before;
  if (typeof revision === "number" && revision > stream.revision) return;
  const patch = mergePatchBetween(before, { ...streamDesired(stream) });
  if (!patch) return;
  const change = { desired: patch, version: shadow?.version ?? 0 };
  await deps.gateway.updateShadow(thing, streamShadow(stream.id), change);
}

/** Runs the work with no more requests of one thing in flight than AWS takes. */
async function eachInFlight<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const workers = Array.from({ length: limits.shadowRequestsInFlightMax }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  });
  await Promise.all(workers);
}
