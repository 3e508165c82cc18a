import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { requireNoDevice } from "../access/reach.ts";
import { isId } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import type { StreamSettings } from "@sightline/contracts/settings";
import { findDevice } from "../device/find.ts";
import { listDevices } from "../device/list.ts";
import type { Device } from "../device/device.ts";
import { findFolder, findFolderAt } from "../folder/find.ts";
import { freeSlot, place, type PlacementReason } from "../placement/placement.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { findSite } from "../site/find.ts";
import { seeManifest, type SeenShadows } from "../sync/shadow-sync.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import { checkDesired } from "./desired.ts";
import { makeSource, sealSource, type SourceInput } from "./source.ts";
import type { Stream } from "./stream.ts";

export interface NewStream {
  readonly name: string;
  readonly title?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `name` with `/` → `_` when absent, with a suffix when that is taken on the device. */
  readonly localName?: string | undefined;
  /** One of the site; null or absent: in none. */
  readonly folder?: number | null | undefined;
  /** Site id or name; that of the device, or of the folder, when absent. */
  readonly site?: number | string | undefined;
  /** Device id or name; null: stay unplaced; absent: the least loaded device of the site, of those that are within reach. */
  readonly device?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly source: SourceInput;
  readonly settings?: StreamSettings | undefined;
}

export interface CreatedStream {
  readonly stream: Stream;
  /** Why no device took it, by device name; empty when it is placed or was not to be. */
  readonly waiting: Readonly<Record<string, PlacementReason>>;
}

interface Target {
  readonly site: number;
  readonly device: Device | undefined;
  readonly slot: number | undefined;
  readonly waiting: Readonly<Record<string, PlacementReason>>;
}

const tries = 5;

/**
 * Accepts a stream and brings it to its device.
 * @throws DomainError input.invalid | site.not-found | folder.not-found | device.not-found | device.stream-limit |
 *   stream.name-taken | stream.local-name-taken | shadow.too-large | auth.forbidden
 */
export async function createStream(
  deps: Deps,
  actor: Actor,
  input: NewStream,
): Promise<CreatedStream> {
  const id = deps.ids.next("stream");
  const source = await makeSource(deps, input.source, { streamId: id, before: undefined });
  let clashes = 0;
  for (let attempt = 0; ; attempt += 1) {
    const target = await findTarget(deps, actor, input);
    const stream = await build(deps, actor, { id, input, source, target, clashes });
    checkDesired(stream);
    const { device } = stream.placement;
    const seen = device && attempt === 0 ? seeManifest(deps, device, id) : undefined;
    await Promise.allSettled([seen]);
    try {
      await deps.store.streams.create(stream);
    } catch (error) {
      const earlier = await findEarlier(deps, stream, error);
      if (earlier) {
        await tell(deps, earlier, undefined);
        return { stream: earlier, waiting: {} };
      }
      if (attempt >= tries || !isWorthAnotherTry(error, input)) throw error;
      if (isDomainError(error, "stream.local-name-taken")) clashes += 1;
      continue;
    }
    await tell(deps, stream, seen);
    return { stream, waiting: target.waiting };
  }
}

async function tell(
  deps: Deps,
  stream: Stream,
  seen: Promise<SeenShadows> | undefined,
): Promise<void> {
  const { organization, id, placement } = stream;
  const written = seen && { stream, seen };
  if (placement.device !== undefined)
    await syncAfterWrite(deps, { organization, device: placement.device, stream: id, written });
}

/** What an earlier try of this very request has made before it died: such a try has the same ids. */
async function findEarlier(
  deps: Pick<Deps, "store">,
  { organization, name, id }: Stream,
  error: unknown,
): Promise<Stream | undefined> {
  if (!isDomainError(error, "stream.name-taken")) return undefined;
  const holder = await deps.store.streams.findByName(organization, name);
  return holder?.id === id ? holder : undefined;
}

const isWorthAnotherTry = (error: unknown, input: NewStream): boolean =>
  isDomainError(error, "stream.conflict") ||
  (isDomainError(error, "device.stream-limit") && input.device === undefined) ||
  (isDomainError(error, "stream.local-name-taken") && input.localName === undefined);

async function findTarget(deps: Deps, actor: Actor, input: NewStream): Promise<Target> {
  const target = await findPlace(deps, actor, input);
  if (target.device === undefined) requireNoDevice(actor.reach);
  if (typeof input.folder === "number")
    await findFolderAt(deps, actor, { id: input.folder, site: target.site });
  return target;
}

async function findPlace(deps: Deps, actor: Actor, input: NewStream): Promise<Target> {
  if (typeof input.device === "string") {
    const device = await findDevice(deps, actor, input.device);
    if (input.site !== undefined)
      if ((await findSite(deps, actor, input.site)).id !== device.site)
        throw new DomainError("input.invalid", "the device is at another site", {
          hint: "leave the site out: a placed stream is at its device's site",
        });
    return { site: device.site, device, slot: freeSlot(device), waiting: {} };
  }
  const site = await findNamedSite(deps, actor, input);
  if (input.device === null) return unplaced(site);
  const { items } = await listDevices(deps, actor, { rows: 500, site });
  const outcome = place({ site }, items);
  if (outcome.kind === "waiting") return { ...unplaced(site), waiting: outcome.reasons };
  const { device, slot } = outcome;
  return { site: device.site, device, slot, waiting: {} };
}

async function findNamedSite(
  deps: Deps,
  actor: Actor,
  { site, folder }: NewStream,
): Promise<number | undefined> {
  if (site !== undefined) return (await findSite(deps, actor, site)).id;
  return typeof folder === "number" ? (await findFolder(deps, actor, folder)).site : undefined;
}

function unplaced(site: number | undefined): Target {
  if (site === undefined)
    throw new DomainError("input.invalid", "a stream that waits unplaced needs a site", {
      hint: "name a site, or a device",
    });
  return { site, device: undefined, slot: undefined, waiting: {} };
}

async function build(
  deps: Deps,
  actor: Actor,
  made: {
    readonly id: string;
    readonly input: NewStream;
    readonly source: Stream["source"];
    readonly target: Target;
    /** How often the local name was taken. */
    readonly clashes: number;
  },
): Promise<Stream> {
  const { id, input, target, clashes } = made;
  const nowMs = deps.clock.nowMs();
  const { device, slot } = target;
  if (isId("stream", input.name))
    throw new DomainError("input.invalid", "a name must not have the form of an id");
  const plain = input.name.replaceAll("/", "_");
  const suffix = clashes === 0 ? "" : `-${id.slice(-3 - clashes)}`;
  return {
    organization: actor.organization,
    id,
    site: target.site,
    ...(typeof input.folder === "number" && { folder: input.folder }),
    name: input.name,
    title: input.title ?? "",
    labels: input.labels ?? {},
    localName:
      input.localName ?? `${plain.slice(0, limits.nameCharactersMax - suffix.length)}${suffix}`,
    placement: device && slot !== undefined ? { device: device.id, slot, epoch: 1 } : { epoch: 0 },
    enabled: input.enabled ?? true,
    source: await sealSource(deps, made.source, {
      streamId: id,
      sealingKey: device?.identity?.sealingKey,
    }),
    settings: input.settings ?? {},
    revision: 1,
    desiredAtMs: nowMs,
    desiredBy: actor.name,
    requestId: actor.requestId,
    createdAtMs: nowMs,
  };
}
