/** A device that left the table loses its certificate, connections, thing and shadows. */
import { thingName } from "@sightline/contracts/ids";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import { textOf, type TableRecord } from "../shared/table-record.ts";

export async function removeDevice(
  deps: Pick<EnrolDeps, "registry" | "installation">,
  record: TableRecord,
): Promise<void> {
  const { OldImage } = record.dynamodb ?? {};
  if (record.eventName !== "REMOVE" || textOf(OldImage, "entity") !== "device") return;
  const id = textOf(OldImage, "id");
  if (id !== undefined) await deps.registry.removeThing(thingName(deps.installation, id));
}
