import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import { canBeKey } from "../key.ts";
import type { Deps } from "../ports/deps.ts";
import type { Device } from "./device.ts";

/** A device by id or name. @throws DomainError device.not-found */
export async function findDevice(
  deps: Pick<Deps, "store">,
  organization: string,
  key: string,
): Promise<Device> {
  const device = isId("device", key)
    ? await deps.store.devices.get(organization, key)
    : canBeKey(key)
      ? await deps.store.devices.findByName(organization, key)
      : undefined;
  if (!device) throw new DomainError("device.not-found", `there is no device ${key}`);
  return device;
}
