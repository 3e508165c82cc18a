/** Devices and streams straight in the database, and what the gateway then holds of them: for tests of the sync alone. */
import { CreateThingCommand } from "@aws-sdk/client-iot";
import { thingName } from "@sightline/contracts/ids";
import { deviceShadow, streamOfShadow, streamShadow } from "@sightline/contracts/shadow";
import { wishDesired } from "@sightline/core/device/desired";
import { streamDesired } from "@sightline/core/stream/desired";
import type { Gateway } from "@sightline/core/ports/gateway";
import type { Stream } from "@sightline/core/stream/stream";
import { syncShadow, type SyncTarget } from "@sightline/core/sync/shadow-sync";
import { makeDevice, makeStream } from "../../packages/core/test/fixtures.ts";
import type { Cloud } from "./fixtures.ts";
import type { MemoryGateway } from "./memory-gateway.ts";
import { freshName, installation } from "./names.ts";

export class Fleet {
  readonly #cloud: Cloud;
  readonly #memory: MemoryGateway | undefined;
  /** Device ids. */
  readonly devices: string[] = [];

  /** With a gateway of its own, or with the cloud's. */
  constructor(cloud: Cloud, memory?: MemoryGateway) {
    this.#cloud = cloud;
    this.#memory = memory;
  }

  get #gateway(): Gateway {
    return this.#memory ?? this.#cloud.deps.gateway;
  }

  get #store(): Cloud["deps"]["store"] {
    return this.#cloud.deps.store;
  }

  thing(at = 0): string {
    return thingName(installation, this.devices[at] ?? "");
  }

  /** A device that has a thing unless `enrolled: false`. */
  async addDevice({ enrolled = true } = {}): Promise<string> {
    const { organization, deps } = this.#cloud;
    const id = deps.ids.next("device");
    await deps.store.devices.create(makeDevice({ organization, id, name: freshName("box") }));
    const name = thingName(installation, id);
    if (enrolled) await this.#addThing(name);
    this.devices.push(id);
    return id;
  }

  async #addThing(thing: string): Promise<void> {
    if (this.#memory) this.#memory.addThing(thing);
    else await this.#cloud.iot.send(new CreateThingCommand({ thingName: thing }));
  }

  async addStream(
    some: Partial<Stream> & { readonly at?: number; readonly slot?: number } = {},
  ): Promise<Stream> {
    const { organization, deps } = this.#cloud;
    const { at = 0, slot = 0, ...rest } = some;
    const id = rest.id ?? deps.ids.next("stream");
    const placement = { device: this.devices[at] ?? "", slot, epoch: 1 };
    const stream = makeStream({
      organization,
      id,
      name: id.slice(4),
      localName: id.slice(4),
      placement,
      ...rest,
    });
    await deps.store.streams.create(stream);
    return stream;
  }

  get(id: string): Promise<Stream | undefined> {
    return this.#store.streams.get(this.#cloud.organization, id);
  }

  /** Index of the device where it is; undefined when it waits, or is gone. */
  async placeOf(id: string): Promise<number | undefined> {
    const at = this.devices.indexOf((await this.get(id))?.placement.device ?? "");
    return at < 0 ? undefined : at;
  }

  /** Another URL, if it is still there. Returns the stream as it was written; undefined when somebody else came first. */
  async change(id: string, before?: Stream): Promise<Stream | undefined> {
    const stream = before ?? (await this.get(id));
    if (!stream) return undefined;
    const revision = stream.revision + 1;
    const source = { ...stream.source, url: `rtsp://camera/${revision}` };
    const next = { ...stream, source, revision };
    return (await this.#store.streams.change(next)) ? next : undefined;
  }

  /** To another device, or to none. */
  async move(id: string, at: number | undefined): Promise<void> {
    const before = await this.get(id);
    if (!before) return;
    const device = at === undefined ? undefined : this.devices[at];
    if (before.placement.device === device) return;
    const epoch = before.placement.epoch + 1;
    const placement = device === undefined ? { epoch } : { device, slot: 0, epoch };
    await this.#store.streams.move(before, { ...before, placement, revision: before.revision + 1 });
  }

  /** Returns the stream as it was; undefined when somebody else came first. */
  async remove(id: string, before?: Stream): Promise<Stream | undefined> {
    const stream = before ?? (await this.get(id));
    return stream && (await this.#store.streams.delete(stream)) ? stream : undefined;
  }

  /** Another setting of the device itself. */
  async wish(at = 0): Promise<void> {
    const before = await this.#store.devices.get(this.#cloud.organization, this.devices[at] ?? "");
    if (!before) return;
    const revision = (before.wish?.revision ?? 0) + 1;
    const settings = { "mux.maxLatencyNs": revision };
    const asked = { desiredAtMs: 1, desiredBy: "test", requestId: "evt_1" };
    const wish = { pipeline: "running" as const, settings, revision, ...asked };
    await this.#store.devices.change({ ...before, wish });
  }

  /** By ports of its own: another process. */
  sync(
    some: Pick<SyncTarget, "full" | "stream" | "only" | "written"> & {
      readonly at?: number;
      readonly deps?: SyncDeps;
    } = {},
  ): Promise<void> {
    const { at = 0, deps = { ...this.#cloud.deps, gateway: this.#gateway }, ...rest } = some;
    const { organization } = this.#cloud;
    return syncShadow(deps, { organization, device: this.devices[at] ?? "", ...rest });
  }

  /** What the gateway should hold for a device, by what the database says. */
  async wanted(at = 0): Promise<Held> {
    const { organization } = this.#cloud;
    const ids = (await this.#store.streams.assignments(this.devices[at] ?? "")).map(
      ({ stream }) => stream,
    );
    const streams = await this.#store.streams.getMany(organization, ids);
    const device = await this.#store.devices.get(organization, this.devices[at] ?? "");
    return {
      wish: device?.wish && wishDesired(device),
      manifest: Object.fromEntries(streams.map(({ id, revision }) => [id, revision])),
      streams: Object.fromEntries(
        streams.map((stream) => [stream.id, { ...streamDesired(stream) }]),
      ),
    };
  }

  /** What it holds. Shadows that the manifest does not name are `leftovers`. */
  async held(at = 0): Promise<Held & { readonly leftovers: readonly string[] }> {
    const gateway = this.#gateway;
    const thing = this.thing(at);
    const desired = async (shadow: string) =>
      (await gateway.getShadow(thing, shadow))?.state.desired;
    const own = await desired(deviceShadow);
    const manifest = (own?.["manifest"] ?? {}) as Record<string, number>;
    const streams = await Promise.all(
      Object.keys(manifest).map(async (id) => [id, await desired(streamShadow(id))] as const),
    );
    const names = (await gateway.listShadows(thing)).flatMap((name) => streamOfShadow(name) ?? []);
    const leftovers = names.filter((id) => !Object.hasOwn(manifest, id));
    return { wish: own?.["wish"], manifest, streams: Object.fromEntries(streams), leftovers };
  }
}

export type SyncDeps = Parameters<typeof syncShadow>[0];

export interface Held {
  readonly wish: unknown;
  readonly manifest: Readonly<Record<string, number>>;
  readonly streams: Readonly<Record<string, unknown>>;
}
