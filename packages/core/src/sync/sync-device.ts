import { isDomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { Deps } from "../ports/deps.ts";
import { syncShadow, type SyncTarget } from "./shadow-sync.ts";

/**
 * Syncs a device right after an accepted write. The write stands whatever happens here: a gateway that does not answer, or a
 * shadow that keeps changing, is taken up again by the table's stream, by the sweep (the mark) and by the device's next hello.
 */
export async function syncAfterWrite(
  deps: Pick<Deps, "installation" | "store" | "gateway" | "clock">,
  target: SyncTarget,
): Promise<void> {
  try {
    await syncShadow(deps, target);
  } catch (error) {
    if (!isDomainError(error, "gateway.unavailable") && !isDomainError(error, "sync.conflict"))
      throw error;
  } finally {
    // Not before: the device is told first, and carries it out meanwhile.
    const dueAtMs = deps.clock.nowMs() + limits.syncCheckAfterMs;
    await deps.store.devices.setSyncDue(target.organization, target.device, dueAtMs);
  }
}
