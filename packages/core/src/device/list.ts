import { listedSites } from "../access/reach.ts";
import { pageOfAll } from "../page.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { Device } from "./device.ts";

/** By name: those within reach; of one reached site when given. */
export async function listDevices(
  { store }: Pick<Deps, "store">,
  { organization, reach }: Actor,
  { site, ...page }: PageRequest & { readonly site?: number | undefined },
): Promise<Page<Device>> {
  if (reach.device === undefined)
    return store.devices.list(organization, { ...page, ...listedSites(reach, site) });
  const device = await store.devices.get(organization, reach.device);
  const isShown = device && (site === undefined || device.site === site);
  return pageOfAll(isShown ? [device] : [], page, ({ name }) => name);
}
