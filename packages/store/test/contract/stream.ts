import { expect, it } from "vitest";
import { limits } from "@sightline/contracts/limits";
import type { Device } from "@sightline/core/device/device";
import type { Stream } from "@sightline/core/stream/stream";
import { freshId, makeCredentials, makeDevice, makeStream, makeStreamReport } from "../fixtures.ts";
import {
  allPages,
  expectNoWrite,
  expectRefusal,
  outcomes,
  rowsLeft,
  settled,
  type SubjectOf,
} from "./subject.ts";

export function streamContract(subject: SubjectOf): void {
  const newDevice = async (organization = freshId("organization")): Promise<Device> => {
    const device = makeDevice({ organization });
    await subject().store.devices.create(device);
    return device;
  };
  const placed = (
    device: Pick<Device, "organization" | "id">,
    some: Partial<Stream> = {},
  ): Stream =>
    makeStream({
      organization: device.organization,
      placement: { device: device.id, slot: 0, epoch: 1 },
      ...some,
    });
  const at = (device: string, slot: number, epoch = 1) => ({ device, slot, epoch });
  const slotsOf = async ({ organization, id }: Device) =>
    (await subject().store.devices.get(organization, id))?.slots;

  it("finds a stream by id and by name, in its organization only", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const source = {
      url: "rtsp://camera/1",
      transport: "tcp",
      credentials: makeCredentials(),
    } as const;
    const stream = placed(device, { source, settings: { "decoder.dropFrameInterval": 3 } });
    const { organization, id } = stream;
    await streams.create(stream);
    expect(await streams.get(organization, id)).toEqual(stream);
    expect(await streams.findByName(organization, stream.name)).toEqual(stream);
    expect(await streams.findByLocalName(device, stream.localName)).toEqual(stream);
    const stranger = { organization, id: "dev_other" };
    expect(await streams.findByLocalName(stranger, stream.localName)).toBeUndefined();
    const assignment = { device: device.id, stream: id, slot: 0, organization, name: stream.name };
    expect(await streams.assignments(device.id)).toEqual([assignment]);
    expect(await streams.assignment(device.id, id)).toEqual(assignment);
    expect(await slotsOf(device)).toEqual([0]);
    const other = freshId("organization");
    expect(await streams.get(other, id)).toBeUndefined();
    expect(await streams.getMany(other, [id])).toEqual([]);
    expect(await streams.findByName(other, stream.name)).toBeUndefined();
    expect(await streams.list(other, { rows: 5 })).toEqual({ items: [] });
    expect(await streams.list(other, { rows: 5, sites: [1] })).toEqual({ items: [] });
  });

  it("keeps a stream that waits unplaced", async () => {
    const { streams } = subject().store;
    const before = await rowsLeft(subject());
    const stream = makeStream({ organization: freshId("organization") });
    await streams.create(stream);
    expect(await streams.get(stream.organization, stream.id)).toEqual(stream);
    const next = { ...stream, localName: "other", revision: 2 };
    expect(await streams.move(stream, next)).toBe(true);
    expect(await streams.delete(next)).toBe(true);
    expect(await rowsLeft(subject())).toEqual(before);
  });

  it("refuses what is taken or not there, and then writes nothing", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const { organization } = device;
    const first = placed(device, { name: "first", localName: "first" });
    await streams.create(first);
    const refuse = (code: Parameters<typeof expectRefusal>[1], some: Partial<Stream>) =>
      expectRefusal(subject(), code, () => streams.create(placed(device, some)));
    await refuse("stream.name-taken", { name: "first", localName: "other" });
    await refuse("stream.name-taken", { name: "first", placement: { epoch: 0 } });
    await refuse("stream.local-name-taken", {
      localName: "first",
      placement: at(device.id, 1),
    });
    await refuse("stream.conflict", { placement: at(device.id, 0) });
    await refuse("device.not-found", { placement: at(freshId("device"), 0) });
    await refuse("device.not-found", { organization: freshId("organization") });
    // A name of another organization, a local name of another device and of an unplaced stream are free.
    await streams.create(placed(await newDevice(), { name: "first", localName: "first" }));
    await streams.create(placed(await newDevice(organization), { localName: "first" }));
    await streams.create(makeStream({ organization, localName: "first" }));
  });

  it("gives a name, a local name and a slot to one of 50 racers each", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const race = (some: (n: number) => Partial<Stream>) =>
      outcomes(Array.from({ length: 50 }, (_, n) => streams.create(placed(device, some(n)))));
    expect(
      await race((n) => ({ name: "a", localName: `a${n}`, placement: at(device.id, n) })),
    ).toEqual({
      done: 1,
      "stream.name-taken": 49,
    });
    const [, first] = [await streams.assignments(device.id), await slotsOf(device)];
    expect(first).toHaveLength(1);
    const free = [...Array(64).keys()].filter((slot) => !first?.includes(slot));
    expect(
      await race((n) => ({ localName: "b", placement: at(device.id, free[n] ?? -1) })),
    ).toEqual({ done: 1, "stream.local-name-taken": 49 });
    expect(await race(() => ({ placement: at(device.id, 63) }))).toEqual({
      done: 1,
      "stream.conflict": 49,
    });
    expect(await slotsOf(device)).toHaveLength(3);
    expect(await streams.assignments(device.id)).toHaveLength(3);
    await settled(async () =>
      expect((await streams.list(device.organization, { rows: 500 })).items).toHaveLength(3),
    );
  });

  it("places as many streams on a device as it may hold", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const max = limits.streamsPerDeviceMax;
    const racers = Array.from({ length: max + 16 }, (_, slot) =>
      streams.create(placed(device, { placement: at(device.id, slot) })),
    );
    expect(await outcomes(racers)).toEqual({ done: max, "device.stream-limit": 16 });
    expect(await slotsOf(device)).toHaveLength(max);
    const [one] = await streams.assignments(device.id);
    const stream = await streams.get(device.organization, one?.stream ?? "");
    await expectRefusal(subject(), "device.stream-limit", () =>
      streams.create(placed(device, { placement: at(device.id, one?.slot ?? 0) })),
    );
    if (stream) expect(await streams.delete(stream)).toBe(true);
    await streams.create(placed(device, { placement: at(device.id, one?.slot ?? 0) }));
  });

  it("changes a stream at the revision before, once, and never its placement", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const stream = placed(device);
    await streams.create(stream);
    const next = { ...stream, title: "x", labels: {}, enabled: false, site: 4, revision: 2 };
    const racers = Array.from({ length: 50 }, () => streams.change(next));
    expect(await outcomes(racers)).toEqual({ true: 1, false: 49 });
    expect(await streams.get(stream.organization, stream.id)).toEqual(next);
    const ofSite = async (site: number) =>
      (await streams.list(stream.organization, { rows: 9, sites: [site] })).items;
    await settled(async () => expect([await ofSite(4), await ofSite(1)]).toEqual([[next], []]));
    const third = { ...next, revision: 3 };
    for (const wrong of [
      next,
      { ...third, placement: at(device.id, 0, 2) },
      { ...third, placement: { epoch: 1 } },
      { ...third, localName: "other" },
      { ...third, id: freshId("stream") },
      { ...third, organization: freshId("organization") },
    ])
      await expectNoWrite(subject(), () => streams.change(wrong));
  });

  it("keeps labels under any name, also under one that every object has", async () => {
    const labels = { constructor: "a", toString: "b", hasOwnProperty: "c" };
    const stream = { ...placed(await newDevice()), labels };
    await subject().store.streams.create(stream);
    expect(await subject().store.streams.get(stream.organization, stream.id)).toEqual(stream);
  });

  it("moves a stream with its slot, assignment and local name", async () => {
    const { streams } = subject().store;
    const from = await newDevice();
    const to = await newDevice(from.organization);
    const before = placed(from);
    await streams.create(before);
    const next = { ...before, placement: at(to.id, 5, 2), revision: 2 };
    const racers = Array.from({ length: 20 }, () => streams.move(before, next));
    expect(await outcomes(racers)).toEqual({ true: 1, false: 19 });
    expect(await streams.get(before.organization, before.id)).toEqual(next);
    expect([await slotsOf(from), await slotsOf(to)]).toEqual([[], [5]]);
    expect(await streams.assignments(from.id)).toEqual([]);
    expect(await streams.assignment(from.id, before.id)).toBeUndefined();
    expect(await streams.assignments(to.id)).toMatchObject([{ stream: before.id, slot: 5 }]);
    // What it left is free.
    await streams.create(placed(from, { localName: before.localName }));

    const renamed = { ...next, localName: "renamed", revision: 3 };
    expect(await streams.move(next, renamed)).toBe(true);
    await streams.create(placed(to, { localName: before.localName }));
    await expectRefusal(subject(), "stream.local-name-taken", () =>
      streams.create(placed(to, { localName: "renamed", placement: at(to.id, 9) })),
    );

    const waiting = { ...renamed, placement: { epoch: 3 }, revision: 4 };
    expect(await streams.move(renamed, waiting)).toBe(true);
    expect(await slotsOf(to)).toEqual([0]);
    const back = { ...waiting, placement: at(to.id, 7, 4), revision: 5 };
    expect(await streams.move(waiting, back)).toBe(true);
    expect(await slotsOf(to)).toEqual([0, 7]);
  });

  it("refuses a move to where there is no room, and then writes nothing", async () => {
    const { streams } = subject().store;
    const from = await newDevice();
    const to = await newDevice(from.organization);
    const there = placed(to, { localName: "there" });
    await streams.create(there);
    const before = placed(from);
    await streams.create(before);
    const next = { ...before, placement: at(to.id, 1, 2), revision: 2 };
    const refuse = (code: Parameters<typeof expectRefusal>[1], some: Partial<Stream>) =>
      expectRefusal(subject(), code, () => streams.move(before, { ...next, ...some }));
    await refuse("stream.conflict", { placement: at(to.id, 0, 2) });
    await refuse("stream.local-name-taken", { localName: "there" });
    await refuse("device.not-found", { placement: at(freshId("device"), 0, 2) });
    await expectNoWrite(subject(), () => streams.move(before, { ...next, revision: 3 }));
    await expectNoWrite(subject(), () =>
      streams.move({ ...before, placement: at(from.id, 1) }, next),
    );
    const others = Array.from({ length: limits.streamsPerDeviceMax - 1 }, (_, n) =>
      streams.create(placed(to, { placement: at(to.id, n + 1) })),
    );
    await Promise.all(others);
    await refuse("device.stream-limit", { placement: at(to.id, 64, 2) });
  });

  it("deletes a stream with all its rows at the revision given", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const { organization } = device;
    // A row that was written twice keeps count of it: the device's, by the slot.
    await streams.delete(await create());
    const { rows } = await snapshot();
    const stream = await create();
    await streams.putReport(
      makeStreamReport({ organization, stream: stream.id, device: device.id }),
    );
    await expectNoWrite(subject(), () => streams.delete({ ...stream, revision: 2 }));
    await expectNoWrite(subject(), () => streams.delete({ ...stream, organization: "org_other" }));
    const racers = Array.from({ length: 20 }, () => streams.delete(stream));
    expect(await outcomes(racers)).toEqual({ true: 1, false: 19 });
    expect((await snapshot()).rows).toBe(rows);
    expect(await slotsOf(device)).toEqual([]);
    expect(await streams.getReport(organization, stream.id)).toBeUndefined();
    await streams.create(stream);

    async function create(): Promise<Stream> {
      const made = placed(device);
      await streams.create(made);
      return made;
    }
    async function snapshot() {
      return { rows: ((await subject().everything()) as readonly unknown[]).length };
    }
  });

  it("lists by name, also of one site, each row exactly once", async () => {
    const { streams } = subject().store;
    const device = await newDevice();
    const { organization } = device;
    const made = Array.from({ length: 11 }, (_, n) =>
      makeStream({ organization, name: `cam/${n}`, site: n % 3 }),
    );
    for (const stream of made) await streams.create(stream);
    // Rows beside the streams are no streams.
    await streams.putReport(
      makeStreamReport({ organization, stream: made[0]?.id ?? "", device: device.id }),
    );
    const sorted = made.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    await settled(async () => {
      expect((await streams.list(organization, { rows: 20 })).items).toEqual(sorted);
      expect((await streams.list(organization, { rows: 20, sites: [2] })).items).toHaveLength(3);
    });
    for (const rows of [1, 3, 11, 20]) {
      expect(await allPages((page) => streams.list(organization, page), rows)).toEqual(sorted);
      const ofSite = await allPages(
        (page) => streams.list(organization, { ...page, sites: [2] }),
        rows,
      );
      expect(ofSite).toEqual(sorted.filter(({ site }) => site === 2));
      const ofTwo = await allPages(
        (page) => streams.list(organization, { ...page, sites: [2, 0] }),
        rows,
      );
      expect(ofTwo).toEqual(sorted.filter(({ site }) => site !== 1));
    }
    expect(await streams.list(organization, { rows: 5, sites: [] })).toEqual({ items: [] });
    // A page goes on behind a row that has gone meanwhile.
    const { items, next } = await streams.list(organization, { rows: 4 });
    expect(await streams.delete(items.at(-1) as Stream)).toBe(true);
    const rest = await streams.list(organization, { rows: 20, after: next ?? "" });
    expect(rest.items).toEqual(sorted.slice(4));
  });

  it("lists the reports of streams by their names, and none of them as a stream", async () => {
    const { streams } = subject().store;
    const organization = freshId("organization");
    const names = ["a", "a b", "a/b", "b", "ü", "\u{1F3A5}"];
    const reports = names.map((name) =>
      makeStreamReport({
        organization,
        name,
        stream: freshId("stream"),
        device: freshId("device"),
      }),
    );
    for (const report of reports) await streams.putReport(report);
    await settled(async () => {
      const listed = await streams.reportsBetween(organization, { first: "a b", last: "ü" });
      expect(listed).toEqual(reports.slice(1, 5));
    });
    const all = { first: "a", last: "\u{1F3A5}" };
    expect(await streams.reportsBetween(organization, all)).toEqual(reports);
    expect(await streams.reportsBetween(freshId("organization"), all)).toEqual([]);
    expect(await streams.list(organization, { rows: 10 })).toEqual({ items: [] });
  });

  it("gets many in the order asked for, without those that are not there", async () => {
    const { streams } = subject().store;
    const organization = freshId("organization");
    const made = Array.from({ length: 120 }, () => makeStream({ organization }));
    await Promise.all(made.map((stream) => streams.create(stream)));
    const ids = [freshId("stream"), ...made.map(({ id }) => id), made[0]?.id ?? ""];
    expect(await streams.getMany(organization, ids)).toEqual([...made, made[0]]);
    expect(await streams.getMany(organization, [])).toEqual([]);
    expect(await streams.getReports(organization, ids)).toEqual([]);
  });

  it("takes reports forward only, until another device reports", async () => {
    const { streams } = subject().store;
    const organization = freshId("organization");
    const of = { organization, stream: freshId("stream"), device: freshId("device") };
    expect(await streams.getReport(organization, of.stream)).toBeUndefined();
    const fifth = makeStreamReport(of, 5);
    expect(await streams.putReport(fifth)).toBe(true);
    for (const version of [4, 5])
      await expectNoWrite(subject(), () => streams.putReport(makeStreamReport(of, version)));
    expect(await streams.getReport(organization, of.stream)).toEqual(fifth);
    const moved = makeStreamReport({ ...of, device: freshId("device") }, 1);
    expect(await streams.putReport(moved)).toBe(true);
    expect(await streams.getReports(organization, [freshId("stream"), of.stream])).toEqual([moved]);
    expect(await streams.getReport(freshId("organization"), of.stream)).toBeUndefined();
    const racers = Array.from({ length: 50 }, (_, n) =>
      streams.putReport({ ...moved, shadowVersion: n + 2 }),
    );
    await Promise.all(racers);
    expect((await streams.getReport(organization, of.stream))?.shadowVersion).toBe(51);
  });
}
