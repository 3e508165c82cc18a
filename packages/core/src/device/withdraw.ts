import { isDomainError } from "@sightline/contracts/errors";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Device } from "./device.ts";
import { deviceDocument, editDevice } from "./device-operations.ts";

/** Puts back what the device was before; false when somebody has changed it since, or it is gone. */
export async function withdrawWish(
  deps: Pick<Deps, "installation" | "store" | "gateway" | "clock">,
  actor: Actor,
  { before, after }: { readonly before: Device; readonly after: Device },
): Promise<boolean> {
  if (before.revision === after.revision) return true;
  try {
    await editDevice(deps, actor, {
      device: after.id,
      ifRevision: after.revision,
      edit: () => deviceDocument(before),
    });
    return true;
  } catch (error) {
    if (isDomainError(error, "device.changed") || isDomainError(error, "device.not-found"))
      return false;
    throw error;
  }
}
