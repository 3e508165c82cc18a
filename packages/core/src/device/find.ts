import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import { canBeKey } from "../key.ts";
import { reachesDevice, requireSite } from "../access/reach.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Device } from "./device.ts";

/** A device by id or name. @throws DomainError device.not-found | auth.forbidden */
export async function findDevice(
  deps: Pick<Deps, "store">,
  { organization, reach }: Pick<Actor, "organization" | "reach">,
  key: string,
): Promise<Device> {
  const device = isId("device", key)
    ? await deps.store.devices.get(organization, key)
    : canBeKey(key)
      ? await deps.store.devices.findByName(organization, key)
      : undefined;
  const missing = (): DomainError =>
    new DomainError("device.not-found", `there is no device ${key}`);
  if (!device || !reachesDevice(reach, device.id)) throw missing();
  requireSite(reach, device.site, missing);
  return device;
}
