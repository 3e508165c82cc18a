/** Brings shadows to what the table says, from the table's stream: the second of three nets under the API's own sync. */
import { isDomainError } from "@sightline/contracts/errors";
import type { Deps } from "@sightline/core/ports/deps";
import { syncShadow } from "@sightline/core/sync/shadow-sync";
import { textOf, type TableRecord } from "../shared/table-record.ts";

/** Devices that a record of a desired stream speaks of: where it is, and where it was. */
function devicesOf(record: TableRecord): ReadonlySet<string> {
  const images = [record.dynamodb?.OldImage, record.dynamodb?.NewImage];
  return new Set(
    images
      .filter((image) => textOf(image, "entity") === "stream")
      .flatMap((image) => textOf(image, "device") ?? []),
  );
}

export async function syncRecord(
  deps: Pick<Deps, "installation" | "store" | "gateway">,
  record: TableRecord,
): Promise<void> {
  for (const device of devicesOf(record)) {
    const organization = await deps.store.devices.organizationOf(device);
    if (organization === undefined) continue;
    try {
      await syncShadow(deps, { organization, device });
    } catch (error) {
      // Somebody else is syncing it right now; the sweep looks again.
      if (!isDomainError(error, "sync.conflict")) throw error;
    }
  }
}
