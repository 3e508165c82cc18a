/** The access patterns of sites and folders, each prepared and then run once. */
import type { Store } from "@sightline/core/ports/store";
import type { Patterns } from "./access-units.ts";
import { freshId, makeBusyDevice, makeFolder, makeSite, makeStream, makeUser } from "./fixtures.ts";

export const sitePatterns = (store: Store): Patterns => ({
  ...siteStorePatterns(store),
  ...folderStorePatterns(store),
  "devices.list of three sites, 100": async () => {
    const organization = freshId("organization");
    const made = Array.from({ length: 360 }, (_, n) =>
      makeBusyDevice({ organization, site: n % 3 }),
    );
    await Promise.all(made.map((device) => store.devices.create(device)));
    return () => store.devices.list(organization, { rows: 100, sites: [0, 1, 2] });
  },
});

function siteStorePatterns(store: Store): Patterns {
  const { sites, users } = store;
  const storedSite = async (organization = freshId("organization")) => {
    const site = makeSite({ organization });
    await sites.create(site);
    return site;
  };
  const twelveDozen = async () => {
    const organization = freshId("organization");
    const made = Array.from({ length: 120 }, () => storedSite(organization));
    return { organization, ids: (await Promise.all(made)).map(({ id }) => id) };
  };
  return {
    "sites.create": async () => () => sites.create(makeSite({ organization: "org_1" })),
    "sites.get": async () => {
      const { organization, id } = await storedSite();
      return () => sites.get(organization, id);
    },
    "sites.getMany, 16": async () => {
      const { organization, ids } = await twelveDozen();
      return () => sites.getMany(organization, ids.slice(0, 16));
    },
    "sites.findByName": async () => {
      const { organization, name } = await storedSite();
      return () => sites.findByName(organization, name);
    },
    "sites.list, 100": async () => {
      const { organization } = await twelveDozen();
      return () => sites.list(organization, { rows: 100 });
    },
    "sites.change": async () => {
      const site = await storedSite();
      return () => sites.change({ ...site, title: "Yard", revision: 2 });
    },
    "sites.change, with an owner": async () => {
      const site = await storedSite();
      const user = makeUser({ organization: site.organization });
      await users.create(user, user.login);
      const owner = { ...user, sites: { [site.id]: ["member"] as const }, revision: 2 };
      return () => sites.change({ ...site, owner: user.id, revision: 2 }, owner);
    },
    "sites.delete": async () => {
      const site = await storedSite();
      return () => sites.delete(site);
    },
  };
}

function folderStorePatterns({ folders, streams }: Store): Patterns {
  const storedFolder = async () => {
    const folder = makeFolder({ organization: freshId("organization") });
    await folders.create(folder, 0);
    return folder;
  };
  return {
    "folders.get": async () => {
      const { organization, id } = await storedFolder();
      return () => folders.get(organization, id);
    },
    "folders.tree, 100": async () => {
      const organization = freshId("organization");
      for (let at = 0; at < 100; at += 1) await folders.create(makeFolder({ organization }), at);
      return () => folders.tree(organization);
    },
    "folders.create": async () => {
      const folder = makeFolder({ organization: freshId("organization") });
      return () => folders.create(folder, 0);
    },
    "folders.change": async () => {
      const folder = await storedFolder();
      return () => folders.change({ ...folder, title: "Yard", revision: 2 });
    },
    "folders.change, of its parent": async () => {
      const folder = await storedFolder();
      return () => folders.change({ ...folder, parent: 7, revision: 2 }, 1);
    },
    "folders.delete": async () => {
      const folder = await storedFolder();
      return () => folders.delete(folder, 1);
    },
    "streams.create, unplaced, in a folder": async () => {
      const { organization, id } = await storedFolder();
      return () => streams.create(makeStream({ organization, folder: id }));
    },
  };
}
