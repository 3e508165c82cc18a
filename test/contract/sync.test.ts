/** What the gateway holds follows what the database says: changes one by one, crashes in between, and a gateway that resists. */
import { GetThingShadowCommand, IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import type { Gateway } from "@sightline/core/ports/gateway";
import { createGateway } from "@sightline/iot/gateway";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Fleet, type SyncDeps } from "../support/fleet.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";

let cloud: Cloud;
let fleet: Fleet;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());
beforeEach(async () => {
  fleet = new Fleet(cloud);
  await fleet.addDevice();
});

async function expectInSync(at = 0): Promise<void> {
  expect(await fleet.held(at)).toEqual({ ...(await fleet.wanted(at)), leftovers: [] });
}

/** The real ports, with the gateway's writes watched or resisted. */
function depsWith(change: (gateway: Gateway) => Partial<Gateway>): SyncDeps {
  const { gateway } = cloud.deps;
  return { ...cloud.deps, gateway: { ...gateway, ...change(gateway) } };
}

function counting(): { readonly deps: SyncDeps; readonly writes: string[] } {
  const writes: string[] = [];
  const deps = depsWith((gateway) => ({
    updateShadow: (thing, shadow, change) => {
      writes.push(`update ${shadow}`);
      return gateway.updateShadow(thing, shadow, change);
    },
    deleteShadow: (thing, shadow) => {
      writes.push(`delete ${shadow}`);
      return gateway.deleteShadow(thing, shadow);
    },
  }));
  return { deps, writes };
}

describe("a device follows", () => {
  test("a stream that is added, changed, deleted, and added again", async () => {
    await fleet.sync();
    await expectInSync();
    const { id } = await fleet.addStream();
    await fleet.sync();
    await expectInSync();
    await fleet.change(id);
    await fleet.sync();
    await expectInSync();
    expect((await fleet.held()).manifest).toEqual({ [id]: 2 });
    await fleet.remove(id);
    await fleet.sync();
    await expectInSync();
    expect((await fleet.held()).manifest).toEqual({});
    await fleet.addStream({ id });
    await fleet.sync();
    await expectInSync();
  });

  test("a stream that goes to another device and comes back", async () => {
    await fleet.addDevice();
    const { id } = await fleet.addStream();
    await fleet.sync();
    await fleet.move(id, 1);
    // The new one first, so that the stream is never nowhere; the other order must do as well.
    await fleet.sync({ at: 1 });
    await fleet.sync({ at: 0 });
    await expectInSync(0);
    await expectInSync(1);
    await fleet.move(id, 0);
    await fleet.sync({ at: 0 });
    await fleet.sync({ at: 1 });
    await expectInSync(0);
    await expectInSync(1);
    expect((await fleet.held(0)).manifest).toEqual({ [id]: 3 });
  });

  test("many changes at once, with one sync", async () => {
    const [kept, changed, gone] = [
      await fleet.addStream({ slot: 0 }),
      await fleet.addStream({ slot: 1 }),
      await fleet.addStream({ slot: 2 }),
    ];
    await fleet.sync();
    await fleet.change(changed.id);
    await fleet.remove(gone.id);
    for (let slot = 3; slot < 25; slot += 1) await fleet.addStream({ slot });
    await fleet.sync();
    await expectInSync();
    expect((await fleet.held()).manifest).toMatchObject({ [kept.id]: 1, [changed.id]: 2 });
  });

  test("a setting that is taken back", async () => {
    const stream = await fleet.addStream({ settings: { "decoder.dropFrameInterval": 5 } });
    await fleet.sync();
    await cloud.deps.store.streams.change({ ...stream, settings: {}, revision: 2 });
    await fleet.sync();
    await expectInSync();
  });
});

describe("a sync", () => {
  test("of what is in sync writes nothing, full or not", async () => {
    await fleet.addStream();
    await fleet.sync();
    const { deps, writes } = counting();
    await fleet.sync({ deps });
    await fleet.sync({ deps, full: true });
    expect(writes).toEqual([]);
  });

  test("of a device without streams writes once and no more", async () => {
    const { deps, writes } = counting();
    await fleet.sync({ deps });
    const first = writes.length;
    await fleet.sync({ deps, full: true });
    expect(writes).toHaveLength(first);
    expect((await fleet.held()).manifest).toEqual({});
  });

  test.each([{ stream: true }, { only: "wish" as const }])(
    "of one thing (%o) brings all there is to a device that has never been synced",
    async ({ stream, only }) => {
      const [one] = [await fleet.addStream({ slot: 0 }), await fleet.addStream({ slot: 1 })];
      await fleet.wish();
      await fleet.sync({ ...(stream && { stream: one.id }), ...(only && { only }) });
      await expectInSync();
    },
  );

  test("writes the shadow of a new stream before the manifest that names it", async () => {
    await fleet.sync();
    const { id } = await fleet.addStream();
    const { deps, writes } = counting();
    await fleet.sync({ deps });
    expect(writes).toEqual([`update ${streamShadow(id)}`, `update ${deviceShadow}`]);
  });

  test("takes a stream out of the manifest before its shadow is deleted", async () => {
    const { id } = await fleet.addStream();
    await fleet.sync();
    await fleet.remove(id);
    const { deps, writes } = counting();
    await fleet.sync({ deps });
    expect(writes).toEqual([`update ${deviceShadow}`, `delete ${streamShadow(id)}`]);
  });

  test("never has more requests of a device in flight than AWS takes", async () => {
    let inFlight = 0;
    let most = 0;
    const deps = depsWith((gateway) => ({
      getShadow: async (thing, shadow) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        const answer = await gateway.getShadow(thing, shadow);
        inFlight -= 1;
        return answer;
      },
    }));
    for (let slot = 0; slot < 20; slot += 1) await fleet.addStream({ slot });
    await fleet.sync({ deps });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(10);
  });

  test("of a device that has never enrolled does nothing, and does not fail", async () => {
    await fleet.addDevice({ enrolled: false });
    await fleet.addStream({ at: 1 });
    await fleet.sync({ at: 1 });
    await fleet.sync({ at: 1, full: true });
    expect(await fleet.held(1)).toEqual({ manifest: {}, streams: {}, leftovers: [] });
  });
});

describe("a full sync", () => {
  test("drops leftovers that no manifest names", async () => {
    await fleet.sync();
    const leftover = cloud.deps.ids.next("stream");
    const change = { desired: { v: 1, id: leftover, revision: 9 }, version: 0 };
    await cloud.deps.gateway.updateShadow(fleet.thing(), streamShadow(leftover), change);
    await fleet.sync();
    expect((await fleet.held()).leftovers).toEqual([leftover]);
    await fleet.sync({ full: true });
    await expectInSync();
  });

  test("leaves shadows alone that are of no stream", async () => {
    const change = { desired: { mine: true }, version: 0 };
    await cloud.deps.gateway.updateShadow(fleet.thing(), "something", change);
    await fleet.sync({ full: true });
    expect(await cloud.deps.gateway.listShadows(fleet.thing())).toEqual([
      deviceShadow,
      "something",
    ]);
  });

  test("mends what somebody else wrote or deleted", async () => {
    const [one, two] = [await fleet.addStream({ slot: 0 }), await fleet.addStream({ slot: 1 })];
    await fleet.sync();
    const { gateway } = cloud.deps;
    const { version = 0 } = (await gateway.getShadow(fleet.thing(), streamShadow(one.id))) ?? {};
    const desired = { localName: "other", source: null, extra: { a: 1 } };
    await gateway.updateShadow(fleet.thing(), streamShadow(one.id), { desired, version });
    await gateway.deleteShadow(fleet.thing(), streamShadow(two.id));
    await fleet.sync({ full: true });
    await expectInSync();
  });

  test("does not lower a revision that is ahead of the database", async () => {
    // A table that was restored to an earlier time.
    const { id } = await fleet.addStream();
    await fleet.sync();
    const { gateway } = cloud.deps;
    for (const [shadow, desired] of [
      [streamShadow(id), { revision: 7 }],
      [deviceShadow, { manifest: { [id]: 7 } }],
    ] as const) {
      const { version = 0 } = (await gateway.getShadow(fleet.thing(), shadow)) ?? {};
      await gateway.updateShadow(fleet.thing(), shadow, { desired, version });
    }
    await fleet.sync({ full: true });
    const held = await fleet.held();
    expect(held.manifest).toEqual({ [id]: 7 });
    expect(held.streams).toMatchObject({ [id]: { revision: 7 } });
  });
});

describe("a process that dies after a write of the gateway", () => {
  /** Works until `writesLeft` writes are done, then nothing gets out any more. */
  function dying(writesLeft: number): SyncDeps {
    let left = writesLeft;
    const died = new Error("the process died");
    const write = async (call: () => Promise<void>): Promise<void> => {
      if (left <= 0) throw died;
      left -= 1;
      await call();
    };
    return depsWith((gateway) => ({
      updateShadow: (...call) => write(() => gateway.updateShadow(...call)),
      deleteShadow: (...call) => write(() => gateway.deleteShadow(...call)),
    }));
  }

  test.each(["at the first sync", "later"])(
    "%s leaves nothing that the next one does not mend",
    async (when) => {
      for (let writes = 0; ; writes += 1) {
        fleet = new Fleet(cloud);
        await fleet.addDevice();
        const changed = await fleet.addStream({ slot: 0 });
        const gone = await fleet.addStream({ slot: 1 });
        if (when === "later") await fleet.sync();
        await fleet.change(changed.id);
        await fleet.remove(gone.id);
        await fleet.addStream({ slot: 2 });
        const isDead = await fleet.sync({ deps: dying(writes) }).then(
          () => false,
          (error: Error) => error.message === "the process died",
        );
        await fleet.sync();
        const { leftovers, ...held } = await fleet.held();
        expect({ writes, ...held }).toEqual({ writes, ...(await fleet.wanted()) });
        // A shadow that nobody needs may stay until the device says hello.
        expect(leftovers.filter((id) => id !== gone.id)).toEqual([]);
        await fleet.sync({ full: true });
        await expectInSync();
        if (!isDead) return expect(writes).toBeGreaterThanOrEqual(3);
      }
    },
  );
});

describe("a gateway that resists", () => {
  test("by changing the shadow again and again ends in sync.conflict, and the next sync goes through", async () => {
    await fleet.sync();
    await fleet.addStream();
    let writes = 0;
    const deps = depsWith((gateway) => ({
      updateShadow: async (thing, shadow, change) => {
        // Somebody was quicker, every time.
        const current = await gateway.getShadow(thing, shadow);
        const other = { desired: { at: (writes += 1) }, version: current?.version ?? 0 };
        await gateway.updateShadow(thing, shadow, other);
        await gateway.updateShadow(thing, shadow, change);
      },
    }));
    await expect(fleet.sync({ deps })).rejects.toMatchObject({ code: "sync.conflict" });
    expect(writes).toBeLessThan(40);
    await fleet.sync();
    await fleet.sync({ full: true });
    await expectInSync();
  });

  test("by the number of requests that it takes at once and in a second makes the sync slower, nothing else", async () => {
    await fleet.sync();
    const inBox = new IoTDataPlaneClient({
      region: "local",
      endpoint: cloud.iotLocal.restUrl,
      credentials: cloud.iot.config.credentials,
      maxAttempts: 1,
    });
    for (let slot = 0; slot < 12; slot += 1) await fleet.addStream({ slot });
    // The box asks for its shadows too, and does not pace itself.
    const command = { thingName: fleet.thing(), shadowName: deviceShadow };
    const answers = Promise.allSettled(
      Array.from({ length: 30 }, () => inBox.send(new GetThingShadowCommand(command))),
    );
    await fleet.sync();
    await expectInSync();
    const refused = (await answers).filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    // Which of the two limits comes first is a matter of how fast this machine answers.
    const { shadowRequestsInFlight = 0, shadowRequestsPerSecond = 0 } = cloud.iotLocal.refusals();
    expect(shadowRequestsInFlight + shadowRequestsPerSecond).toBeGreaterThanOrEqual(refused.length);
    inBox.destroy();
  });

  test("by not being there is told to the caller", async () => {
    const client = new IoTDataPlaneClient({
      region: "local",
      endpoint: "http://127.0.0.1:9",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
    });
    const deps = { ...cloud.deps, gateway: createGateway(client) };
    await expect(fleet.sync({ deps })).rejects.toMatchObject({ code: "gateway.unavailable" });
    client.destroy();
  });
});
