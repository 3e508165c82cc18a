import { expect, it } from "vitest";
import {
  freshId,
  makeDevice,
  makeFolder,
  makeOrganization,
  makeSite,
  makeStream,
  makeUser,
} from "../fixtures.ts";
import {
  allPages,
  expectNoWrite,
  expectRefusal,
  outcomes,
  settled,
  type SubjectOf,
} from "./subject.ts";

export function siteContract(subject: SubjectOf): void {
  it("finds a site by id and by name, in its organization only", async () => {
    const { sites } = subject().store;
    const organization = freshId("organization");
    const site = makeSite({ organization, id: 7, name: "Berlin / Mitte" });
    await sites.create(site);
    expect(await sites.get(organization, 7)).toEqual(site);
    expect(await sites.findByName(organization, site.name)).toEqual(site);
    const other = freshId("organization");
    expect(await sites.get(other, 7)).toBeUndefined();
    expect(await sites.findByName(other, site.name)).toBeUndefined();
    expect(await sites.list(other, { rows: 10 })).toEqual({ items: [] });
  });

  it("refuses a name that is taken, and lets another organization have it", async () => {
    const { sites } = subject().store;
    const organization = freshId("organization");
    await sites.create(makeSite({ organization, id: 1, name: "Hall" }));
    await expectRefusal(subject(), "site.name-taken", () =>
      sites.create(makeSite({ organization, id: 2, name: "Hall" })),
    );
    await sites.create(makeSite({ organization: freshId("organization"), id: 1, name: "Hall" }));
  });

  it("gives a name to one of 50 racers", async () => {
    const { sites } = subject().store;
    const organization = freshId("organization");
    const racers = Array.from({ length: 50 }, (_, id) =>
      sites.create(makeSite({ organization, id: id + 1, name: "Hall" })),
    );
    expect(await outcomes(racers)).toEqual({ done: 1, "site.name-taken": 49 });
    await settled(async () =>
      expect((await sites.list(organization, { rows: 100 })).items).toHaveLength(1),
    );
  });

  it("gets many in the order asked for, without those that are not there", async () => {
    const { sites } = subject().store;
    const organization = freshId("organization");
    const made = [3, 1].map((id) => makeSite({ organization, id }));
    for (const site of made) await sites.create(site);
    expect(await sites.getMany(organization, [3, 2, 1])).toEqual(made);
    expect(await sites.getMany(freshId("organization"), [3, 1])).toEqual([]);
    expect(await sites.getMany(organization, [])).toEqual([]);
  });

  it("changes a site and its new owner together, or neither", async () => {
    const { sites, users } = subject().store;
    const organization = freshId("organization");
    const site = makeSite({ organization });
    await sites.create(site);
    const user = makeUser({ organization });
    await users.create(user, user.login);
    const owner = { ...user, sites: { [site.id]: ["member"] as const }, revision: 2 };
    const next = { ...site, title: "Yard", owner: user.id, revision: 2 };
    await expectNoWrite(subject(), () => sites.change({ ...next, revision: 3 }, owner));
    await expectNoWrite(subject(), () => sites.change(next, { ...owner, revision: 3 }));
    await expectNoWrite(subject(), () => sites.change(next, { ...owner, id: 99 }));
    expect(await sites.change(next, owner)).toBe(true);
    expect(await sites.get(organization, site.id)).toEqual(next);
    expect(await users.get(organization, user.id)).toEqual(owner);
    const { owner: _, ...nobodys } = next;
    expect(await sites.change({ ...nobodys, revision: 3 })).toBe(true);
    expect(await sites.get(organization, site.id)).toEqual({ ...nobodys, revision: 3 });
  });

  it("removes a site where nothing is, once, and nothing comes there afterwards", async () => {
    const { devices, folders, sites, streams } = subject().store;
    const organization = freshId("organization");
    const site = makeSite({ organization });
    await sites.create(site);
    const device = makeDevice({ organization, site: site.id });
    const stream = makeStream({ organization, site: site.id });
    const folder = makeFolder({ organization, site: site.id });
    const remove = () => sites.delete(site);
    await devices.create(device);
    await expectRefusal(subject(), "site.not-empty", remove);
    const placement = { device: device.id, slot: 0, epoch: 1 };
    const placed = { ...stream, placement, revision: 2 };
    await streams.create(stream);
    expect(await streams.move(stream, placed)).toBe(true);
    const waiting = { ...placed, placement: { epoch: 2 }, revision: 3 };
    expect(await streams.move(placed, waiting)).toBe(true);
    await devices.delete(organization, device.id);
    await expectRefusal(subject(), "site.not-empty", remove);
    expect(await streams.delete(waiting)).toBe(true);
    await folders.create(folder, 0);
    await expectRefusal(subject(), "site.not-empty", remove);
    await folders.delete(folder, 1);
    await expectNoWrite(subject(), () => sites.delete({ ...site, revision: 2 }));
    expect(await remove()).toBe(true);
    expect(await sites.get(organization, site.id)).toBeUndefined();
    expect(await sites.findByName(organization, site.name)).toBeUndefined();
    await expectNoWrite(subject(), remove);
    await expectRefusal(subject(), "site.not-found", () => devices.create(device));
    await expectRefusal(subject(), "site.not-found", () => streams.create(stream));
    await sites.create(makeSite({ organization, name: site.name }));
  });

  it("never leaves a device at a site that was removed at the same time", async () => {
    const { devices, sites } = subject().store;
    const organization = freshId("organization");
    for (let round = 0; round < 10; round += 1) {
      const site = makeSite({ organization });
      await sites.create(site);
      const device = makeDevice({ organization, site: site.id });
      await Promise.allSettled([devices.create(device), sites.delete(site)]);
      const isThere = (await sites.get(organization, site.id)) !== undefined;
      expect((await devices.get(organization, device.id)) !== undefined).toBe(isThere);
    }
  });

  it("lists by name, each row exactly once, whatever the size of a page", async () => {
    const { sites, organizations } = subject().store;
    const organization = freshId("organization");
    await organizations.create(makeOrganization({ id: organization, name: "SITE#" }));
    await organizations.count(organization, "site");
    const names = ["a", "a/b", "a b", "ab", "B", "é", "日本", "🙂", "0"];
    for (const [at, name] of names.entries())
      await sites.create(makeSite({ organization, id: at + 1, name }));
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const rows of [1, 2, 4, 8, 9, 10]) {
      await settled(async () => {
        const all = await allPages((page) => sites.list(organization, page), rows);
        expect(all.map(({ name }) => name)).toEqual(sorted);
      });
    }
  });
}
