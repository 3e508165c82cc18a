/** The contract again on bad days, and what the store does when they do not end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStore } from "@sightline/store/store";
import { openEngine, openSubject, type Engine } from "./engine.ts";
import { injectFaults, type Faults } from "./fault-injection.ts";
import {
  freshId,
  makeAuditRecord,
  makeDevice,
  makeOrganization,
  makeEnrolment,
  makeStream,
  makeToken,
} from "./fixtures.ts";
import { storeContract } from "./store-contract.ts";

describe("with faults that pass", () => {
  const all: Faults[] = [];
  storeContract("the store", () =>
    openSubject((client) => {
      all.push(injectFaults(client, 7, { throttle: 0.01, conflict: 0.1, lostAnswer: 0.1 }));
    }),
  );
  afterAll(() => {
    const [faults] = all;
    expect(faults?.made.throttle).toBeGreaterThan(5);
    expect(faults?.made.conflict).toBeGreaterThan(50);
    expect(faults?.made.lostAnswer).toBeGreaterThan(50);
  });
});

describe("the store", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(() => engine.close());
  const storeWith = (rates: Parameters<typeof injectFaults>[2], seed = 1) => {
    const client = engine.connect();
    const faults = injectFaults(client, seed, rates);
    return { faults, ...createStore({ client, tables: engine.tables }) };
  };

  it("reports success for every write whose first answer was lost", async () => {
    const { faults, streams, devices, tokens, enrolments } = storeWith({ lostAnswer: 1 });
    const device = makeDevice({ organization: freshId("organization") });
    const { organization, id, presence } = device;
    await devices.create(device);
    const after = { ...presence, online: true, version: 1 };
    expect(await devices.setPresence(organization, id, { before: presence, after })).toBe(true);
    expect(await devices.change({ ...device, title: "x" })).toBe(true);
    const stream = makeStream({ organization, placement: { device: id, slot: 1, epoch: 1 } });
    await streams.create(stream);
    const next = { ...stream, title: "x", revision: 2 };
    expect(await streams.change(next)).toBe(true);
    expect(await streams.delete(next)).toBe(true);
    const token = makeToken();
    expect(await tokens.create(token)).toBe(true);
    expect(await tokens.delete(token.organization, token.id)).toBe(true);
    const enrolment = makeEnrolment({ expiresAtMs: Date.now() + 60_000 });
    await enrolments.create(enrolment);
    expect(
      (await enrolments.claim(enrolment.id, { csrHash: "a", untilMs: Number.MAX_SAFE_INTEGER }))
        ?.kind,
    ).toBe("claimed");
    await devices.delete(organization, id);
    expect(faults.made.lostAnswer).toBe(11);
  });

  it("carries out a recorded change once, and records it once, when the first answer was lost", async () => {
    const { faults, ...store } = storeWith({ lostAnswer: 1 });
    const organization = freshId("organization");
    const device = makeDevice({ organization });
    await store.devices.create(device);
    const record = makeAuditRecord({ organization, atMs: Date.now() });
    let told = 0;
    const { devices } = store.recording(record, () => (told += 1));
    expect(await devices.change({ ...device, title: "x" })).toBe(true);
    expect(await devices.change({ ...device, title: "y", revision: 2 })).toBe(true);
    await store.audit.finish(record, { status: 200, durationMs: 1 });
    expect(faults.made.lostAnswer).toBe(4);
    expect(await store.devices.get(organization, device.id)).toMatchObject({ revision: 3 });
    expect((await store.audit.list(organization, { rows: 5 })).items).toEqual([
      { ...record, status: 200, durationMs: 1 },
    ]);
    expect(told).toBe(1);
  });

  it("leaves no record of a change that did not come about, though nobody can tell at first", async () => {
    const { recording, audit } = storeWith({ conflict: 1 });
    const record = makeAuditRecord({ organization: freshId("organization"), atMs: Date.now() });
    const { organization } = record;
    let told = 0;
    const { devices } = recording(record, () => (told += 1));
    await expect(devices.create(makeDevice({ organization }))).rejects.toMatchObject({
      code: "store.unavailable",
    });
    expect(told).toBe(1);
    const { audit: calm } = createStore(engine);
    await calm.finish(record, { status: 503, durationMs: 1 });
    expect((await audit.list(organization, { rows: 5 })).items).toEqual([]);
  });

  it("says that it is unavailable when a row stays locked, and has written nothing", async () => {
    const { devices, organizations } = storeWith({ conflict: 1 });
    const device = makeDevice({ organization: freshId("organization") });
    const unavailable = { name: "DomainError", code: "store.unavailable" };
    await expect(devices.create(device)).rejects.toMatchObject(unavailable);
    expect(await devices.get(device.organization, device.id)).toBeUndefined();
    const organization = makeOrganization();
    await expect(organizations.create(organization)).rejects.toMatchObject(unavailable);
    expect(await organizations.get(organization.id)).toBeUndefined();
  });

  it("says that it is unavailable when nobody answers", async () => {
    const other = await openEngine();
    const { devices, streams } = createStore(other);
    await other.close();
    const unavailable = { name: "DomainError", code: "store.unavailable" };
    await expect(devices.get("org_1", "dev_1")).rejects.toMatchObject(unavailable);
    await expect(streams.list("org_1", { rows: 5 })).rejects.toMatchObject(unavailable);
    await expect(streams.create(makeStream({ organization: "org_1" }))).rejects.toMatchObject(
      unavailable,
    );
  });

  it("leaves a defect what it is", async () => {
    const { streams } = createStore({
      ...engine,
      tables: { state: "missing", telemetry: "missing" },
    });
    await expect(streams.get("org_1", "str_1")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("reads what was written last, however far an index lags", async () => {
    const { faults, streams, devices } = storeWith({ staleIndex: 0.7 });
    const organization = freshId("organization");
    const device = makeDevice({ organization });
    await devices.create(device);
    for (let slot = 0; slot < 8; slot += 1) {
      const stream = makeStream({ organization, placement: { device: device.id, slot, epoch: 1 } });
      await streams.create(stream);
      await streams.list(organization, { rows: 100 });
      await streams.list(organization, { rows: 100, sites: [1] });
      expect(await streams.findByName(organization, stream.name)).toEqual(stream);
      expect(await streams.assignments(device.id)).toHaveLength(slot + 1);
      expect((await devices.get(organization, device.id))?.slots).toHaveLength(slot + 1);
    }
    expect(faults.made.staleIndex).toBeGreaterThan(5);
  });

  it("shows no stream of a site that it has left or that is gone, however far the index lags", async () => {
    const { streams } = storeWith({ staleIndex: 1 });
    const organization = freshId("organization");
    const [gone, moved, stays] = ["a", "b", "c"].map((name) => makeStream({ organization, name }));
    if (!gone || !moved || !stays) throw new TypeError("three streams");
    for (const stream of [gone, moved, stays]) await streams.create(stream);
    const list = () => streams.list(organization, { rows: 10, sites: [1] });
    expect((await list()).items).toEqual([gone, moved, stays]);
    await streams.delete(gone);
    await streams.change({ ...moved, site: 2, revision: 2 });
    expect((await list()).items).toEqual([stays]);
  });
});
