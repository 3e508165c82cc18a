import { expect, it } from "vitest";
import { freshId, makeOrganization, makeSite } from "../fixtures.ts";
import { allPages, expectRefusal, outcomes, settled, type SubjectOf } from "./subject.ts";

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
