/** A device that left the table loses its certificate, connections, thing and shadows. */
import { thingName } from "@sightline/contracts/ids";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import type { TableChange } from "@sightline/core/ports/table-change";

export async function followRemoval(
  deps: Pick<EnrolDeps, "registry" | "installation">,
  change: TableChange,
): Promise<void> {
  if (change.entity === "device" && change.what === "removed")
    await deps.registry.removeThing(thingName(deps.installation, change.id));
}
