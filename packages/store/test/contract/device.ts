import { expect, it } from "vitest";
import {
  freshId,
  makeBusyDevice,
  makeDevice,
  makeDeviceReport,
  makeHealth,
  makeStream,
} from "../fixtures.ts";
import {
  allPages,
  expectNoWrite,
  expectRefusal,
  outcomes,
  rowsLeft,
  settled,
  type SubjectOf,
} from "./subject.ts";

export function deviceContract(subject: SubjectOf): void {
  it("finds a device by id and by name, in its organization only", async () => {
    const { devices } = subject().store;
    const organization = freshId("organization");
    const device = makeBusyDevice({ organization });
    await devices.create(device);
    expect(await devices.get(organization, device.id)).toEqual(device);
    expect(await devices.findByName(organization, device.name)).toEqual(device);
    expect(await devices.organizationOf(device.id)).toBe(organization);
    const other = freshId("organization");
    expect(await devices.get(other, device.id)).toBeUndefined();
    expect(await devices.findByName(other, device.name)).toBeUndefined();
    expect(await devices.organizationOf(freshId("device"))).toBeUndefined();
    expect(await devices.list(other, { rows: 10 })).toEqual({ items: [] });
    expect(await devices.list(other, { rows: 10, sites: [1] })).toEqual({ items: [] });
  });

  it("refuses a name that is taken, and gives it to one of 50 racers", async () => {
    const { devices } = subject().store;
    const organization = freshId("organization");
    const racers = Array.from({ length: 50 }, () =>
      devices.create(makeDevice({ organization, name: "box" })),
    );
    expect(await outcomes(racers)).toEqual({ done: 1, "device.name-taken": 49 });
    await expectRefusal(subject(), "device.name-taken", () =>
      devices.create(makeDevice({ organization, name: "box" })),
    );
    await settled(async () =>
      expect((await devices.list(organization, { rows: 100 })).items).toHaveLength(1),
    );
  });

  it("lists by name, also of one site, each row exactly once", async () => {
    const { devices } = subject().store;
    const organization = freshId("organization");
    const made = Array.from({ length: 11 }, (_, n) =>
      makeBusyDevice({ organization, name: `box-${n}`, site: n % 3 }),
    );
    for (const device of made) await devices.create(device);
    const sorted = made.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    await settled(async () => {
      const { items } = await devices.list(organization, { rows: 20 });
      expect(items).toEqual(sorted);
      expect((await devices.list(organization, { rows: 20, sites: [2] })).items).toHaveLength(3);
    });
    for (const rows of [1, 3, 11, 20]) {
      expect(await allPages((page) => devices.list(organization, page), rows)).toEqual(sorted);
      const ofSite = await allPages(
        (page) => devices.list(organization, { ...page, sites: [2] }),
        rows,
      );
      expect(ofSite).toEqual(sorted.filter(({ site }) => site === 2));
      const ofTwo = await allPages(
        (page) => devices.list(organization, { ...page, sites: [1, 0, 7] }),
        rows,
      );
      expect(ofTwo).toEqual(sorted.filter(({ site }) => site !== 2));
    }
  });

  it("lists every device of the installation exactly once", async () => {
    const { devices } = subject().store;
    const made = Array.from({ length: 13 }, () =>
      makeDevice({ organization: freshId("organization") }),
    );
    for (const device of made) await devices.create(device);
    await settled(async () => {
      const all = await allPages((page) => devices.listAll(page), 100);
      for (const { organization, id } of made) expect(all).toContainEqual({ organization, id });
    });
    for (const rows of [1, 4, 100]) {
      const all = await allPages((page) => devices.listAll(page), rows);
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      for (const { organization, id } of made) expect(all).toContainEqual({ organization, id });
    }
  });

  it("changes what people set at the revision they saw, once", async () => {
    const { devices } = subject().store;
    const device = makeBusyDevice({ organization: freshId("organization") });
    await devices.create(device);
    const next = { ...device, title: "New", labels: {}, updatedAtMs: 9 };
    const racers = Array.from({ length: 50 }, () => devices.change(next));
    expect(await outcomes(racers)).toEqual({ true: 1, false: 49 });
    expect(await devices.get(device.organization, device.id)).toEqual({ ...next, revision: 2 });
    await expectNoWrite(subject(), () => devices.change({ ...next, title: "Late" }));
    await expectNoWrite(subject(), () => devices.change({ ...next, id: freshId("device") }));
  });

  it("sets identity and greeting of a device that exists", async () => {
    const { devices } = subject().store;
    const { identity, greeting, ...device } = makeBusyDevice({
      organization: freshId("organization"),
    });
    if (!identity || !greeting) throw new TypeError("a busy device has both");
    const { organization, id } = device;
    for (const set of [
      () => devices.setIdentity(organization, id, identity),
      () => devices.setGreeting(organization, id, greeting),
    ])
      await expectRefusal(subject(), "device.not-found", set);
    await devices.create(device);
    await devices.setIdentity(organization, id, identity);
    await devices.setGreeting(organization, id, greeting);
    expect(await devices.get(organization, id)).toEqual({ ...device, identity, greeting });
  });

  it("replaces the identity only where it is what the caller saw", async () => {
    const { devices } = subject().store;
    const { identity: before, ...device } = makeBusyDevice({
      organization: freshId("organization"),
    });
    if (!before) throw new TypeError("a busy device has one");
    const { organization, id } = device;
    await devices.create(device);
    await expectNoWrite(subject(), () =>
      devices.changeIdentity(organization, id, { before, after: before }),
    );
    await devices.setIdentity(organization, id, before);
    const certificateLife = { issuedAtMs: 1, expiresAtMs: 2 };
    const racers = Array.from({ length: 50 }, (_, n) => {
      const renewal = {
        csrHash: `hash-${n}`,
        issuingUntilMs: 3,
        certificateId: "c",
        certificateLife,
      };
      const after = { ...before, certificateLife, renewal, retiring: "old" };
      return devices.changeIdentity(organization, id, { before, after });
    });
    expect(await outcomes(racers)).toEqual({ true: 1, false: 49 });
    expect((await devices.get(organization, id))?.identity).toMatchObject({ retiring: "old" });
    await devices.setIdentity(organization, id, before);
    expect(await devices.get(organization, id)).toEqual({ ...device, identity: before });
  });

  it("replaces the presence only where it is what the caller saw", async () => {
    const { devices } = subject().store;
    const device = makeDevice({ organization: freshId("organization") });
    const { organization, id, presence: before } = device;
    await devices.create(device);
    const racers = Array.from({ length: 50 }, (_, version) =>
      devices.setPresence(organization, id, {
        before,
        after: { ...before, online: true, version: version + 1 },
      }),
    );
    expect(await outcomes(racers)).toEqual({ true: 1, false: 49 });
    const stored = await devices.get(organization, id);
    expect(stored?.presence.online).toBe(true);
    await expectNoWrite(subject(), () =>
      devices.setPresence(organization, id, { before, after: before }),
    );
    await expectNoWrite(subject(), () =>
      devices.setPresence(organization, freshId("device"), { before, after: before }),
    );
  });

  it("takes reports forward only", async () => {
    const { devices } = subject().store;
    const of = { organization: freshId("organization"), device: freshId("device") };
    expect(await devices.getReport(of.organization, of.device)).toBeUndefined();
    const third = makeDeviceReport(of, 3);
    expect(await devices.putReport(third)).toBe(true);
    await expectNoWrite(subject(), () => devices.putReport(makeDeviceReport(of, 2)));
    await expectNoWrite(subject(), () => devices.putReport(makeDeviceReport(of, 3)));
    expect(await devices.getReport(of.organization, of.device)).toEqual(third);
    const fourth = makeDeviceReport(of, 4);
    expect(await devices.putReport(fourth)).toBe(true);
    expect(await devices.getReport(of.organization, of.device)).toEqual(fourth);
    expect(await devices.getReport(freshId("organization"), of.device)).toBeUndefined();
  });

  it("keeps the newest health report", async () => {
    const { devices } = subject().store;
    const of = { organization: freshId("organization"), device: freshId("device") };
    expect(await devices.getHealth(of.organization, of.device)).toBeUndefined();
    const newest = makeHealth(of, { receivedAtMs: 20, streams: 64 });
    await devices.putHealth(makeHealth(of, { receivedAtMs: 10 }));
    await devices.putHealth(newest);
    await expectNoWrite(
      subject(),
      () => devices.putHealth(makeHealth(of, { receivedAtMs: 15 })),
      undefined,
    );
    expect(await devices.getHealth(of.organization, of.device)).toEqual(newest);
    expect(await devices.getHealth(freshId("organization"), of.device)).toBeUndefined();
  });

  it("deletes a device with all that is its own, but not while streams are placed on it", async () => {
    const { devices, streams, due } = subject().store;
    const organization = freshId("organization");
    const before = await rowsLeft(subject());
    const device = makeBusyDevice({ organization });
    const { id, presence } = device;
    await devices.create(device);
    await devices.putReport(makeDeviceReport({ organization, device: id }));
    await devices.putHealth(makeHealth({ organization, device: id }));
    await devices.setSyncDue(organization, id, 5);
    const after = { ...presence, offlineDueAtMs: 5 };
    await devices.setPresence(organization, id, { before: presence, after });
    const stream = makeStream({ organization, placement: { device: id, slot: 3, epoch: 1 } });
    await streams.create(stream);
    await expectRefusal(subject(), "device.has-streams", () => devices.delete(organization, id));
    expect(await streams.delete(stream)).toBe(true);
    await expectRefusal(subject(), "device.not-found", () =>
      devices.delete(freshId("organization"), id),
    );
    await devices.delete(organization, id);
    expect(await rowsLeft(subject())).toEqual(before);
    await settled(async () =>
      expect((await due.list(10, 1000)).filter((item) => item.device === id)).toEqual([]),
    );
    await expectRefusal(subject(), "device.not-found", () => devices.delete(organization, id));
    await devices.create(makeDevice({ organization, name: device.name }));
  });

  it("never leaves a stream on a device that was deleted at the same time", async () => {
    const { devices, streams } = subject().store;
    const organization = freshId("organization");
    for (let round = 0; round < 10; round += 1) {
      const { id: device, ...rest } = makeDevice({ organization });
      await devices.create({ id: device, ...rest });
      const stream = makeStream({ organization, placement: { device, slot: 0, epoch: 1 } });
      await Promise.allSettled([streams.create(stream), devices.delete(organization, device)]);
      const deviceIsThere = (await devices.get(organization, device)) !== undefined;
      expect((await streams.get(organization, stream.id)) !== undefined).toBe(deviceIsThere);
      expect(await streams.assignments(device)).toHaveLength(deviceIsThere ? 1 : 0);
    }
  });
}
