/** Brings shadows to what the table says, from the table's stream: the second of three nets under the API's own sync. */
import { isDomainError } from "@sightline/contracts/errors";
import type { Deps } from "@sightline/core/ports/deps";
import type { TableChange } from "@sightline/core/ports/table-change";
import { syncShadow } from "@sightline/core/sync/shadow-sync";

export async function followChange(
  deps: Pick<Deps, "installation" | "store" | "gateway">,
  change: TableChange,
): Promise<void> {
  if (change.entity !== "stream") return;
  for (const device of new Set(change.devices))
    try {
      await syncShadow(deps, { organization: change.organization, device });
    } catch (error) {
      // Somebody else is syncing it right now; the sweep looks again.
      if (!isDomainError(error, "sync.conflict")) throw error;
    }
}
