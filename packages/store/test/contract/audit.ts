import { limits } from "@sightline/contracts/limits";
import type { AuditRecord } from "@sightline/core/audit/audit";
import type { Store } from "@sightline/core/ports/store";
import { expect, it } from "vitest";
import {
  freshId,
  makeAuditRecord,
  makeClaimant,
  makeCommand,
  makeDevice,
  makeSite,
  makeStream,
  makeToken,
  startMs,
} from "../fixtures.ts";
import { expectNoWrite, expectRefusal, type Subject, type SubjectOf } from "./subject.ts";

const dayMs = 86_400_000;

interface RecordedCall {
  readonly store: Store;
  readonly record: AuditRecord;
  /** How often the store said that the record is there. */
  readonly told: () => number;
  readonly records: () => Promise<readonly AuditRecord[]>;
}

function begin({ store }: Subject, some: Partial<AuditRecord> = {}): RecordedCall {
  const record = makeAuditRecord({ organization: freshId("organization"), ...some });
  let told = 0;
  return {
    record,
    store: store.recording(record, () => (told += 1)),
    told: () => told,
    records: async () => (await store.audit.list(record.organization, { rows: 100 })).items,
  };
}

/** Leaves a record and nothing else that matters. */
async function leave(
  { store }: Subject,
  some: Pick<AuditRecord, "organization" | "atMs"> & Partial<AuditRecord>,
) {
  const record = makeAuditRecord(some);
  await store.recording(record, () => undefined).devices.create(makeDevice(some));
  return record;
}

function writing(subject: SubjectOf): void {
  it("comes with the first change, whatever kind of write that is, and the call's other changes go alone", async () => {
    const call = begin(subject());
    const { organization } = call.record;
    const device = makeDevice({ organization });
    await subject().store.devices.create(device);
    // One conditional update, then transactions.
    expect(await call.store.devices.change({ ...device, title: "x" })).toBe(true);
    expect(await call.records()).toEqual([call.record]);
    await call.store.streams.create(makeStream({ organization }));
    await call.store.devices.delete(organization, device.id);
    expect(await call.records()).toEqual([call.record]);
    expect(call.told()).toBe(1);
  });

  it("comes with a change that spans rows", async () => {
    const call = begin(subject());
    const { organization } = call.record;
    const stream = makeStream({ organization });
    await call.store.streams.create(stream);
    expect(await call.store.streams.get(organization, stream.id)).toEqual(stream);
    expect(await call.records()).toEqual([call.record]);
  });

  it("is not there when the change is refused, and comes with the one that is not", async () => {
    const call = begin(subject());
    const { organization } = call.record;
    const [first, second] = [makeStream({ organization }), makeStream({ organization })];
    await subject().store.streams.create(first);
    await expectRefusal(subject(), "stream.name-taken", () =>
      call.store.streams.create({ ...second, name: first.name }),
    );
    await expectNoWrite(subject(), () => call.store.streams.change({ ...first, revision: 7 }));
    await expectNoWrite(subject(), () => call.store.tokens.delete(organization, "tok_none"));
    expect([await call.records(), call.told()]).toEqual([[], 0]);
    expect(await call.store.streams.change({ ...first, revision: 2 })).toBe(true);
    expect([await call.records(), call.told()]).toEqual([[call.record], 1]);
  });

  it("tells of a refusal what the row holds, as without a record", async () => {
    const call = begin(subject());
    const { organization } = call.record;
    const device = makeDevice({ organization });
    await call.store.devices.create(device);
    const again = begin(subject(), { organization });
    const slot = { device: device.id, slot: 1, epoch: 1 };
    const { streams, devices } = again.store;
    await subject().store.streams.create(makeStream({ organization, placement: slot }));
    const taken = makeStream({ organization, placement: slot });
    await expectRefusal(subject(), "stream.conflict", () => streams.create(taken));
    await expectRefusal(subject(), "device.has-streams", () =>
      devices.delete(organization, device.id),
    );
    await expectRefusal(subject(), "device.not-found", () =>
      devices.setIdentity(organization, "dev_none", {} as never),
    );
  });

  it("does not come with what the system keeps account of", async () => {
    const call = begin(subject());
    const { organization } = call.record;
    const { devices, organizations, idempotency } = call.store;
    await organizations.count(organization, "site");
    await idempotency.claim(freshId("event"), makeClaimant());
    await devices.setSyncDue(organization, freshId("device"), startMs + 60_000);
    expect([await call.records(), call.told()]).toEqual([[], 0]);
  });

  it("is one also when two changes come at once", async () => {
    const call = begin(subject());
    const { organization } = call.record;
    await Promise.all([1, 2].map((id) => call.store.sites.create(makeSite({ organization, id }))));
    expect(await call.records()).toEqual([call.record]);
  });

  it("comes with commands and tokens, too", async () => {
    const [one, two] = [begin(subject()), begin(subject())];
    const { organization } = one.record;
    await one.store.commands.create(makeCommand({ organization, device: freshId("device") }));
    await two.store.tokens.create(makeToken({ organization: two.record.organization }));
    expect([await one.records(), await two.records()]).toEqual([[one.record], [two.record]]);
  });

  it("gets its outcome afterwards, when it is there", async () => {
    const call = begin(subject());
    const { audit } = subject().store;
    const outcome = { status: 201, durationMs: 12 };
    await expectNoWrite(subject(), () => audit.finish(call.record, outcome), undefined);
    await call.store.sites.create(makeSite({ organization: call.record.organization }));
    await audit.finish(call.record, outcome);
    expect(await call.records()).toEqual([{ ...call.record, ...outcome }]);
  });
}

function listing(subject: SubjectOf): void {
  /** Each day is a query, and 400 are kept; these are more than one page looks through. */
  const lately = () => ({ fromMs: subject().clock.nowMs - 40 * dayMs });

  /** Some on each of three days, the newest now; in the order of the list. */
  async function threeDays(organization: string): Promise<AuditRecord[]> {
    const { nowMs } = subject().clock;
    const records: AuditRecord[] = [];
    for (const atMs of [0, 1, 2, dayMs, dayMs + 1, 30 * dayMs].map((ago) => nowMs - ago)) {
      const name = atMs % 2 === 0 ? "anna" : "ben";
      const actor = { kind: "user", id: name === "anna" ? "1" : "2", name } as const;
      const operation = atMs === nowMs ? "DELETE /v1/streams/:stream" : "POST /v1/sites";
      records.push(await leave(subject(), { organization, atMs, actor, operation }));
    }
    return records;
  }

  it("is listed newest first, over days, in pages", async () => {
    const { audit } = subject().store;
    const organization = freshId("organization");
    const records = await threeDays(organization);
    const list = (page: object) => audit.list(organization, { rows: 1, ...page, ...lately() });
    for (const rows of [1, 2, 3, 100]) expect(await everyPage(list, rows)).toEqual(records);
    expect(await audit.list(freshId("organization"), { rows: 5 })).not.toHaveProperty("items.0");
  });

  it("is listed from a time and before a time", async () => {
    const { store, clock } = subject();
    const organization = freshId("organization");
    const records = await threeDays(organization);
    const between = (fromMs: number, toMs: number) =>
      store.audit.list(organization, { rows: 100, fromMs, toMs });
    const { nowMs } = clock;
    expect(await between(nowMs - dayMs, nowMs)).toEqual({ items: records.slice(1, 4) });
    expect(await between(nowMs - 1, nowMs + 1)).toEqual({ items: records.slice(0, 2) });
    expect(await between(nowMs, nowMs)).toEqual({ items: [] });
    expect(await between(nowMs + dayMs, 9 ** 15)).toEqual({ items: [] });
    expect(await between(0, 1)).toEqual({ items: [] });
  });

  it("is listed by who asked, by what was asked, and by both", async () => {
    const { audit } = subject().store;
    const organization = freshId("organization");
    const records = await threeDays(organization);
    const all = (filter: object) =>
      everyPage((page) => audit.list(organization, { ...page, ...lately(), ...filter }), 1);
    const annas = records.filter(({ actor }) => actor.name === "anna");
    expect(await all({ actor: "anna" })).toEqual(annas);
    expect(await all({ actor: "1" })).toEqual(annas);
    expect(await all({ operation: "POST /v1/sites" })).toEqual(records.slice(1));
    expect(await all({ operation: "POST" })).toEqual([]);
    const both = { actor: "anna", operation: "POST /v1/sites" };
    expect(await all(both)).toEqual(
      annas.filter(({ operation }) => operation === "POST /v1/sites"),
    );
  });

  it("looks through no more than so many days and records for one page, and then tells where to go on", async () => {
    const { store, clock } = subject();
    const organization = freshId("organization");
    const old = await leave(subject(), { organization, atMs: clock.nowMs - 60 * dayMs });
    const first = await store.audit.list(organization, { rows: 5 });
    expect(first).toEqual({ items: [], next: expect.any(String) });
    const all = await everyPage((page) => store.audit.list(organization, page), 5);
    expect(all).toEqual([old]);
  });

  it("refuses a position that is none", async () => {
    const { audit } = subject().store;
    for (const after of ["", "x", "aud_1", "99999999999999", "1800000000000#x", "180000000000#"])
      await expect(audit.list("org_1", { rows: 1, after })).rejects.toMatchObject({
        code: "input.cursor-invalid",
      });
  });

  it("is kept for as long as was promised", async () => {
    const { clock } = subject();
    const call = begin(subject(), { atMs: clock.nowMs });
    const { nowMs } = clock;
    await call.store.sites.create(makeSite({ organization: call.record.organization }));
    const toMs = nowMs + 1;
    const { organization } = call.record;
    const list = () => subject().store.audit.list(organization, { rows: 1, toMs });
    clock.nowMs = nowMs + limits.auditKeptMs - 1_000;
    expect((await list()).items).toEqual([call.record]);
    clock.nowMs = nowMs + limits.auditKeptMs;
    expect((await list()).items).toEqual([]);
    clock.nowMs = nowMs;
  });
}

/** Pages may be short of what was asked for. */
async function everyPage(
  list: (page: {
    readonly rows: number;
    readonly after?: string;
  }) => ReturnType<Store["audit"]["list"]>,
  rows: number,
): Promise<readonly AuditRecord[]> {
  const items: AuditRecord[] = [];
  let after: string | undefined;
  do {
    const page = await list({ rows, ...(after !== undefined && { after }) });
    expect(page.items.length).toBeLessThanOrEqual(rows);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

export function auditContract(subject: SubjectOf): void {
  writing(subject);
  listing(subject);
}
