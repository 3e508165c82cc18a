/** Brings shadows to what the table says, from the table's stream: the second of three nets under the API's own sync. */
import { isDomainError } from "@sightline/contracts/errors";
import type { Deps } from "@sightline/core/ports/deps";
import type { TableChange } from "@sightline/core/ports/table-change";
import { hasAnswered } from "@sightline/core/stream/answer";
import { syncShadow, type SyncTarget } from "@sightline/core/sync/shadow-sync";

type SyncDeps = Pick<Deps, "installation" | "store" | "gateway">;

export async function followChange(deps: SyncDeps, change: TableChange): Promise<void> {
  for (const target of await targetsOf(deps, change))
    try {
      await syncShadow(deps, target);
    } catch (error) {
      // Somebody else is syncing it right now; the sweep looks again.
      if (!isDomainError(error, "sync.conflict")) throw error;
    }
}

async function targetsOf(deps: SyncDeps, change: TableChange): Promise<readonly SyncTarget[]> {
  if (change.entity === "other") return [];
  const { organization, id } = change;
  if (change.entity === "device")
    return change.what === "wish" ? [{ organization, device: id, only: "wish" }] : [];
  const [stream, report] = await Promise.all([
    deps.store.streams.get(organization, id),
    deps.store.streams.getReport(organization, id),
  ]);
  // A thing takes 20 shadow requests a second, of everybody: what the box has answered, its shadows have told.
  const answered = stream && hasAnswered(report, stream) ? stream.placement.device : undefined;
  const devices = new Set(change.devices.filter((device) => device !== answered));
  return [...devices].map((device) => ({ organization, device }));
}
