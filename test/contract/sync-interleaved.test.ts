/**
 * Two writers that sync one device at once, in every order of their calls within bounds: neither update may be lost.
 * `SIGHTLINE_TEST_INTERRUPTIONS=3` tries more, for minutes.
 */
import { deviceShadow, streamOfShadow, streamShadow } from "@sightline/contracts/shadow";
import type { ShadowChange } from "@sightline/core/ports/gateway";
import type { Store } from "@sightline/core/ports/store";
import type { Stream } from "@sightline/core/stream/stream";
import { seeManifest, seeShadows, type SeenShadows } from "@sightline/core/sync/shadow-sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Fleet, type SyncDeps } from "../support/fleet.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { createMemoryGateway, type MemoryGateway } from "../support/memory-gateway.ts";
import { everyOrder, type Process, type Step } from "../support/schedule.ts";

const deeperText = process.env["SIGHTLINE_TEST_INTERRUPTIONS"];
const deeper = deeperText === undefined ? undefined : Number(deeperText);

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

/** Highest revision written so far, by shadow and stream; lowering one fails at once, unless it was created a second time. */
class Revisions {
  readonly #highest = new Map<string, number>();

  note(thing: string, shadow: string, { desired, version }: ShadowChange): void {
    const manifest = shadow === deviceShadow ? desired["manifest"] : undefined;
    const { revision: wished } = (desired["wish"] ?? {}) as { readonly revision?: unknown };
    const written = {
      ...(manifest as object),
      ...(shadow === deviceShadow && { wish: wished }),
      [streamOfShadow(shadow) ?? ""]: desired["revision"],
    };
    for (const [stream, revision] of Object.entries(written)) {
      if (typeof revision !== "number") continue;
      const key = `${thing} ${shadow} ${stream}`;
      if (version > 0) expect(revision, key).toBeGreaterThanOrEqual(this.#highest.get(key) ?? 0);
      this.#highest.set(key, revision);
    }
  }
}

/** Where the processes of one order meet. */
interface World {
  readonly gateway: MemoryGateway;
  readonly revisions: Revisions;
}

/** Core's ports, with every call a step. */
function stepped(step: Step, { gateway, revisions }: World): SyncDeps {
  const { installation, store } = cloud.deps;
  const about = (thing: string, shadow: string, writes: boolean) => ({
    thing: `${thing}/${shadow}`,
    writes,
  });
  const readsRows = { thing: "rows", writes: false };
  // Read together, so that there are fewer steps; apart when it may take longer.
  let together: Promise<readonly Stream[]> | undefined;
  const streams: Store["streams"] = {
    ...store.streams,
    assignments: (device) =>
      step(readsRows, async () => {
        const found = await store.streams.assignments(device);
        const ids = found.map(({ stream }) => stream);
        if (deeper === undefined) together = store.streams.getMany(cloud.organization, ids);
        await together;
        return found;
      }),
    getMany: (organization, ids) => {
      const found = together;
      together = undefined;
      return found ?? step(readsRows, () => store.streams.getMany(organization, ids));
    },
  };
  const devices: Store["devices"] = {
    ...store.devices,
    get: (organization, id) => step(readsRows, () => store.devices.get(organization, id)),
  };
  return {
    installation,
    store: { ...store, streams, devices },
    gateway: {
      ...gateway,
      getShadow: (thing, shadow) =>
        step(about(thing, shadow, false), () => gateway.getShadow(thing, shadow)),
      updateShadow: (thing, shadow, change) =>
        step(about(thing, shadow, true), async () => {
          await gateway.updateShadow(thing, shadow, change);
          revisions.note(thing, shadow, change);
        }),
      deleteShadow: (thing, shadow) =>
        step(about(thing, shadow, true), () => gateway.deleteShadow(thing, shadow)),
      listShadows: (thing) => step({ thing: "*", writes: false }, () => gateway.listShadows(thing)),
    },
  };
}

/** Changes the database; then the devices are synced where the stream was, and is. */
interface Writer {
  /** May return which stream was written, when it is another one. */
  readonly write: (fleet: Fleet, stream: string) => Promise<unknown>;
  /** What is synced then: the written stream alone when absent. */
  readonly sync?: "device" | "full" | "wish";
  /** The shadows are read before the stream is written, as every operation does at its first try. */
  readonly sees?: "change" | "add" | "delete";
}

const writers = {
  "changes the stream": { write: (fleet, stream) => fleet.change(stream) },
  "sees, then changes the stream": {
    write: (fleet, stream) => fleet.change(stream),
    sees: "change",
  },
  "sees, then adds the stream": { write: (fleet, id) => fleet.addStream({ id }), sees: "add" },
  "sees, then deletes the stream": {
    write: (fleet, stream) => fleet.remove(stream),
    sees: "delete",
  },
  "deletes the stream": { write: (fleet, stream) => fleet.remove(stream) },
  "unplaces the stream": { write: (fleet, stream) => fleet.move(stream, undefined) },
  "places the stream, or changes it where it is": {
    write: async (fleet, stream) =>
      (await fleet.placeOf(stream)) === undefined ? fleet.move(stream, 0) : fleet.change(stream),
  },
  "adds another stream": { write: async (fleet) => (await fleet.addStream({ slot: 5 })).id },
  "moves the stream away": { write: (fleet, stream) => fleet.move(stream, 1) },
  "moves the stream back": { write: (fleet, stream) => fleet.move(stream, 0) },
  "changes it and looks at all": { write: (fleet, stream) => fleet.change(stream), sync: "device" },
  "deletes it and looks at all": { write: (fleet, stream) => fleet.remove(stream), sync: "device" },
  "wishes something of the device": { write: (fleet) => fleet.wish(), sync: "wish" },
  "hears a hello": { write: () => Promise.resolve(), sync: "full" },
} as const satisfies Record<string, Writer>;
type WriterName = keyof typeof writers;

function howToSync(sync: Writer["sync"], stream: string) {
  if (sync === undefined) return { stream };
  return sync === "wish" ? { only: sync } : { full: sync === "full" };
}

/** What the gateway holds before: nothing, everything, or everything but the stream's own shadow. */
type Before =
  | "never synced"
  | "synced"
  | "synced without the stream"
  | "synced before there is one"
  | "with a lost shadow";

async function start(names: readonly WriterName[], before: Before) {
  const gateway = createMemoryGateway(cloud.deps.clock.nowMs);
  const world = { gateway, revisions: new Revisions() };
  const fleet = new Fleet(cloud, gateway);
  const isMoved = names.some((name) => name.startsWith("moves"));
  await Promise.all([fleet.addDevice(), ...(isMoved ? [fleet.addDevice()] : [])]);
  if (before.startsWith("synced ")) await fleet.sync();
  const id = cloud.deps.ids.next("stream");
  if (before !== "synced before there is one") await fleet.addStream({ id });
  if (before === "synced" || before === "with a lost shadow") await fleet.sync();
  if (before === "with a lost shadow") await gateway.deleteShadow(fleet.thing(), streamShadow(id));
  const processes = names.map((name): Process => async (step) => {
    const { write, sync, sees }: Writer = writers[name];
    if (sees && (await writeSeen(fleet, { id, step, world, sees }))) return;
    let stream = id;
    const places = await step({ thing: "rows", writes: true }, async () => {
      const was = await fleet.placeOf(id);
      const other = await write(fleet, id);
      if (typeof other === "string") stream = other;
      return new Set([was, await fleet.placeOf(id), name === "adds another stream" ? 0 : was]);
    });
    const deps = stepped(step, world);
    const how = howToSync(sync, stream);
    for (const at of places) if (at !== undefined) await fleet.sync({ at, ...how, deps });
  });
  const check = async (order: string): Promise<void> => {
    for (const at of fleet.devices.keys()) {
      const { leftovers, ...held } = await fleet.held(at);
      expect({ order, at, ...held }).toEqual({ order, at, ...(await fleet.wanted(at)) });
      expect({ order, at, leftovers }).toEqual({ order, at, leftovers: [] });
    }
  };
  return { processes, check };
}

/** False when somebody else came first, or there is nothing to write. */
async function writeSeen(
  fleet: Fleet,
  as: {
    readonly id: string;
    readonly step: Step;
    readonly world: World;
    readonly sees: NonNullable<Writer["sees"]>;
  },
): Promise<boolean> {
  const { id, step, world, sees } = as;
  const deps = stepped(step, world);
  const before = await step({ thing: "rows", writes: false }, () => fleet.get(id));
  const device = sees === "add" ? fleet.devices[0] : before?.placement.device;
  if (!device) return false;
  const seen: Promise<SeenShadows> =
    sees === "change" ? seeShadows(deps, device, [id]) : seeManifest(deps, device, id);
  await seen;
  const stream = await step({ thing: "rows", writes: true }, () => {
    if (sees === "add") return fleet.addStream({ id });
    return sees === "change" ? fleet.change(id, before) : fleet.remove(id, before);
  });
  if (!stream) return false;
  const written = { stream: sees === "delete" ? undefined : stream, seen };
  await fleet.sync({ at: fleet.devices.indexOf(device), stream: id, written, deps });
  return true;
}

test.concurrent.each<
  [WriterName, WriterName, { readonly before: Before; readonly interruptionsMax: number }]
>([
  ["changes the stream", "changes the stream", { before: "synced", interruptionsMax: 2 }],
  ["changes the stream", "changes the stream", { before: "never synced", interruptionsMax: 2 }],
  [
    "sees, then changes the stream",
    "changes the stream",
    { before: "synced", interruptionsMax: 1 },
  ],
  [
    "sees, then changes the stream",
    "deletes the stream",
    { before: "synced", interruptionsMax: 2 },
  ],
  [
    "sees, then changes the stream",
    "deletes it and looks at all",
    { before: "with a lost shadow", interruptionsMax: 2 },
  ],
  [
    "sees, then changes the stream",
    "moves the stream away",
    { before: "synced", interruptionsMax: 1 },
  ],
  [
    "sees, then deletes the stream",
    "changes the stream",
    { before: "synced", interruptionsMax: 2 },
  ],
  [
    "sees, then deletes the stream",
    "sees, then changes the stream",
    { before: "synced without the stream", interruptionsMax: 2 },
  ],
  [
    "sees, then deletes the stream",
    "hears a hello",
    { before: "synced without the stream", interruptionsMax: 2 },
  ],
  [
    "sees, then deletes the stream",
    "adds another stream",
    { before: "synced", interruptionsMax: 1 },
  ],
  [
    "sees, then adds the stream",
    "sees, then deletes the stream",
    { before: "synced before there is one", interruptionsMax: 3 },
  ],
  [
    "sees, then adds the stream",
    "changes the stream",
    { before: "synced before there is one", interruptionsMax: 2 },
  ],
  [
    "sees, then adds the stream",
    "adds another stream",
    { before: "synced before there is one", interruptionsMax: 1 },
  ],
  [
    "sees, then adds the stream",
    "hears a hello",
    { before: "synced before there is one", interruptionsMax: 2 },
  ],
  ["changes the stream", "adds another stream", { before: "synced", interruptionsMax: 1 }],
  ["changes the stream", "deletes the stream", { before: "synced", interruptionsMax: 2 }],
  ["changes the stream", "deletes the stream", { before: "never synced", interruptionsMax: 2 }],
  [
    "changes the stream",
    "deletes the stream",
    { before: "synced without the stream", interruptionsMax: 2 },
  ],
  ["adds another stream", "deletes the stream", { before: "synced", interruptionsMax: 1 }],
  [
    "changes it and looks at all",
    "changes it and looks at all",
    { before: "synced", interruptionsMax: 2 },
  ],
  [
    "changes it and looks at all",
    "changes it and looks at all",
    { before: "never synced", interruptionsMax: 2 },
  ],
  ["changes the stream", "changes it and looks at all", { before: "synced", interruptionsMax: 2 }],
  [
    "changes the stream",
    "changes it and looks at all",
    { before: "never synced", interruptionsMax: 2 },
  ],
  ["changes the stream", "deletes it and looks at all", { before: "synced", interruptionsMax: 2 }],
  ["adds another stream", "changes it and looks at all", { before: "synced", interruptionsMax: 1 }],
  [
    "unplaces the stream",
    "places the stream, or changes it where it is",
    { before: "synced", interruptionsMax: 1 },
  ],
  [
    "unplaces the stream",
    "places the stream, or changes it where it is",
    { before: "never synced", interruptionsMax: 2 },
  ],
  ["moves the stream away", "changes the stream", { before: "synced", interruptionsMax: 1 }],
  ["moves the stream away", "moves the stream back", { before: "synced", interruptionsMax: 1 }],
  [
    "wishes something of the device",
    "wishes something of the device",
    { before: "synced", interruptionsMax: 2 },
  ],
  [
    "wishes something of the device",
    "changes the stream",
    { before: "never synced", interruptionsMax: 2 },
  ],
  [
    "wishes something of the device",
    "changes it and looks at all",
    { before: "synced", interruptionsMax: 1 },
  ],
  ["wishes something of the device", "hears a hello", { before: "synced", interruptionsMax: 1 }],
  ["hears a hello", "changes the stream", { before: "synced", interruptionsMax: 1 }],
  ["hears a hello", "deletes the stream", { before: "synced", interruptionsMax: 1 }],
  ["hears a hello", "changes the stream", { before: "with a lost shadow", interruptionsMax: 2 }],
])(
  "one %s while another %s (%o)",
  async (one, another, { before, interruptionsMax }) => {
    const bounds = {
      interruptionsMax: deeper ?? interruptionsMax,
      isSymmetric: one === another,
    };
    const runs = await everyOrder(() => start([one, another], before), bounds);
    expect(runs).toBeGreaterThan(2);
  },
  600_000,
);
