import { expect, it } from "vitest";
import type { DueItem } from "@sightline/core/ports/store";
import { freshId, makeCommand, makeDevice } from "../fixtures.ts";
import { expectNoWrite, settled, type SubjectOf } from "./subject.ts";

export function dueContract(subject: SubjectOf): void {
  /** What is due of these devices: other tests have their own. */
  const dueOf = async (nowMs: number, devices: readonly string[]): Promise<readonly DueItem[]> =>
    (await subject().store.due.list(nowMs, 10_000)).filter(({ device }) =>
      devices.includes(device),
    );

  it("lists the three kinds when their time has come, oldest first", async () => {
    const { devices, commands } = subject().store;
    const organization = freshId("organization");
    const device = makeDevice({ organization });
    const { id, presence } = device;
    await devices.create(device);
    const after = { ...presence, offlineDueAtMs: 2_000 };
    await devices.setPresence(organization, id, { before: presence, after });
    await devices.setSyncDue(organization, id, 3_000);
    const command = makeCommand({ organization, device: id, expiresAtMs: 1_000 });
    await commands.create(command);

    const expiry = { kind: "command-expiry", device: id, id: command.id, dueAtMs: 1_000 };
    const offline = { kind: "device-offline", organization, device: id, dueAtMs: 2_000 };
    const sync = { kind: "device-sync", organization, device: id, dueAtMs: 3_000 };
    await settled(async () => expect(await dueOf(999, [id])).toEqual([]));
    await settled(async () => expect(await dueOf(1_000, [id])).toEqual([expiry]));
    await settled(async () => expect(await dueOf(2_999, [id])).toEqual([expiry, offline]));
    await settled(async () => expect(await dueOf(3_000, [id])).toEqual([expiry, offline, sync]));

    await commands.transition({ ...command, state: "expired" }, ["queued"]);
    await devices.setPresence(organization, id, { before: after, after: presence });
    await devices.clearSyncDue(organization, id, 3_000);
    await settled(async () => expect(await dueOf(9_000, [id])).toEqual([]));
    await expectNoWrite(subject(), () => devices.clearSyncDue(organization, id, 3_000), undefined);
  });

  it("shows at most so many, the oldest of all", async () => {
    const { devices, due } = subject().store;
    const organization = freshId("organization");
    const ids = Array.from({ length: 12 }, () => freshId("device"));
    // Older than what any other test has.
    for (const [at, id] of ids.entries()) await devices.setSyncDue(organization, id, 100 + at);
    await settled(async () =>
      expect((await due.list(500, 5)).map(({ device }) => device)).toEqual(ids.slice(0, 5)),
    );
    for (const [at, id] of ids.entries()) await devices.clearSyncDue(organization, id, 100 + at);
  });

  it("keeps an earlier mark that lies ahead, and replaces one that has passed", async () => {
    const { clock, store } = subject();
    const organization = freshId("organization");
    const id = freshId("device");
    const farMs = clock.nowMs + 1_000_000_000;
    const dueAtMs = async () => (await dueOf(farMs, [id])).map((item) => item.dueAtMs);
    const { nowMs } = clock;
    await store.devices.setSyncDue(organization, id, nowMs + 60);
    await expectNoWrite(
      subject(),
      () => store.devices.setSyncDue(organization, id, nowMs + 90),
      undefined,
    );
    await settled(async () => expect(await dueAtMs()).toEqual([nowMs + 60]));
    await store.devices.setSyncDue(organization, id, nowMs + 30);
    await settled(async () => expect(await dueAtMs()).toEqual([nowMs + 30]));
    clock.nowMs += 30;
    await store.devices.setSyncDue(organization, id, nowMs + 90);
    await settled(async () => expect(await dueAtMs()).toEqual([nowMs + 90]));
    await store.devices.clearSyncDue(organization, id, nowMs + 90);
  });

  it("leaves a mark that is not the one that was seen", async () => {
    const { devices } = subject().store;
    const [organization, id] = [freshId("organization"), freshId("device")];
    expect(await devices.getSyncDue(organization, id)).toBeUndefined();
    await devices.setSyncDue(organization, id, 2_000);
    await devices.setSyncDue(organization, id, 3_000);
    await expectNoWrite(subject(), () => devices.clearSyncDue(organization, id, 2_000), undefined);
    expect(await devices.getSyncDue(organization, id)).toBe(3_000);
    await devices.clearSyncDue(organization, id, 3_000);
    expect(await devices.getSyncDue(organization, id)).toBeUndefined();
  });
}
