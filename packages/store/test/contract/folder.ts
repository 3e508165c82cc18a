import { expect, it } from "vitest";
import { freshId, makeFolder, makeSite, makeStream } from "../fixtures.ts";
import { expectNoWrite, expectRefusal, outcomes, type SubjectOf } from "./subject.ts";

export function folderContract(subject: SubjectOf): void {
  it("keeps folders, and finds them in their organization only", async () => {
    const { folders } = subject().store;
    const organization = freshId("organization");
    expect(await folders.tree(organization)).toEqual({ version: 0, folders: [] });
    const top = makeFolder({ organization, id: 2 });
    const below = makeFolder({ organization, id: 10, parent: 2 });
    expect(await folders.create(top, 0)).toBe(true);
    expect(await folders.create(below, 1)).toBe(true);
    expect(await folders.get(organization, 10)).toEqual(below);
    const tree = await folders.tree(organization);
    expect(tree.version).toBe(2);
    expect(tree.folders.toSorted((a, b) => a.id - b.id)).toEqual([top, below]);
    const other = freshId("organization");
    expect(await folders.get(other, 2)).toBeUndefined();
    expect(await folders.tree(other)).toEqual({ version: 0, folders: [] });
  });

  it("writes nothing to a tree that has another shape meanwhile", async () => {
    const { folders } = subject().store;
    const organization = freshId("organization");
    const folder = makeFolder({ organization });
    await folders.create(folder, 0);
    const { version } = await folders.tree(organization);
    await folders.create(makeFolder({ organization }), version);
    const moved = { ...folder, parent: 77, revision: 2 };
    await expectNoWrite(subject(), () => folders.create(makeFolder({ organization }), version));
    await expectNoWrite(subject(), () => folders.change(moved, version));
    await expectNoWrite(subject(), () => folders.delete(folder, version));
    await expectNoWrite(subject(), () => folders.change({ ...folder, revision: 3 }));
    expect(await folders.change(moved, version + 1)).toBe(true);
    expect(await folders.get(organization, folder.id)).toEqual(moved);
    const { parent: _, ...top } = moved;
    expect(await folders.change({ ...top, revision: 3 }, version + 2)).toBe(true);
    expect(await folders.get(organization, folder.id)).toEqual({ ...top, revision: 3 });
    const title = { ...top, title: "Yard", revision: 4 };
    expect(await folders.change(title)).toBe(true);
    expect(await folders.tree(organization)).toMatchObject({ version: version + 3 });
  });

  it("lets one of 20 racers give the tree its next shape", async () => {
    const { folders } = subject().store;
    const organization = freshId("organization");
    const racers = Array.from({ length: 20 }, () =>
      folders.create(makeFolder({ organization }), 0),
    );
    expect(await outcomes(racers)).toEqual({ true: 1, false: 19 });
    expect((await folders.tree(organization)).folders).toHaveLength(1);
  });

  it("removes no folder that a stream is in, wherever the stream comes from", async () => {
    const { folders, streams } = subject().store;
    const organization = freshId("organization");
    const folder = makeFolder({ organization });
    await folders.create(folder, 0);
    const remove = () => folders.delete(folder, 1);
    const made = makeStream({ organization, folder: folder.id });
    await streams.create(made);
    expect(await streams.get(organization, made.id)).toEqual(made);
    await expectRefusal(subject(), "folder.not-empty", remove);
    const changed = { ...made, title: "New", revision: 2 };
    expect(await streams.change(changed)).toBe(true);
    await expectRefusal(subject(), "folder.not-empty", remove);
    const { folder: __, ...rest } = changed;
    const left = { ...rest, revision: 3 };
    expect(await streams.move(changed, left)).toBe(true);
    expect(await streams.get(organization, made.id)).toEqual(left);
    const back = { ...left, folder: folder.id, revision: 4 };
    expect(await streams.move(left, back)).toBe(true);
    await expectRefusal(subject(), "folder.not-empty", remove);
    expect(await streams.delete(back)).toBe(true);
    expect(await remove()).toBe(true);
    expect(await folders.tree(organization)).toEqual({ version: 2, folders: [] });
    await expectRefusal(subject(), "folder.not-found", () => streams.create(made));
  });

  it("takes no stream of another site, nor a folder of a site that is gone", async () => {
    const { folders, sites, streams } = subject().store;
    const organization = freshId("organization");
    const folder = makeFolder({ organization, site: 1 });
    await folders.create(folder, 0);
    await expectRefusal(subject(), "folder.not-found", () =>
      streams.create(makeStream({ organization, site: 2, folder: folder.id })),
    );
    const site = makeSite({ organization, id: 3 });
    await sites.create(site);
    await sites.delete(site);
    await expectRefusal(subject(), "site.not-found", () =>
      folders.create(makeFolder({ organization, site: 3 }), 1),
    );
  });

  it("never leaves a stream in a folder that was removed at the same time", async () => {
    const { folders, streams } = subject().store;
    const organization = freshId("organization");
    for (let round = 0; round < 10; round += 1) {
      const folder = makeFolder({ organization });
      const { version } = await folders.tree(organization);
      await folders.create(folder, version);
      const stream = makeStream({ organization, folder: folder.id });
      await Promise.allSettled([streams.create(stream), folders.delete(folder, version + 1)]);
      const isThere = (await folders.get(organization, folder.id)) !== undefined;
      expect((await streams.get(organization, stream.id)) !== undefined).toBe(isThere);
    }
  });
}
