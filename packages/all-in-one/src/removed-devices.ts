/**
 * A device that left the table loses its thing, certificates, connections and shadows. On AWS the table's stream says so; here this
 * process alone deletes devices, so it follows up what it did, and after a start what an earlier one did not come to.
 */
import { paginateListThings, type IoTClient } from "@aws-sdk/client-iot";
import { deviceOfThing } from "@sightline/contracts/ids";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import type { Store } from "@sightline/core/ports/store";
import { followRemoval } from "@sightline/functions/enrol/removal";
import type { Log } from "@sightline/functions/shared/log";

type RemovalDeps = Pick<EnrolDeps, "installation" | "registry"> & { readonly log: Log };

/** The store, with every deletion followed up. A deletion stands, whatever happens then. */
export function followingDeletions(store: Store, deps: RemovalDeps): Store {
  const remove = async (organization: string, id: string): Promise<void> => {
    await store.devices.delete(organization, id);
    await removeThing(deps, { organization, id });
  };
  return {
    ...store,
    devices: { ...store.devices, delete: remove },
    recording: (...call) => followingDeletions(store.recording(...call), deps),
  };
}

async function removeThing(
  deps: RemovalDeps,
  device: { readonly organization: string; readonly id: string },
): Promise<void> {
  await followRemoval(deps, { entity: "device", what: "removed", ...device }).catch(
    (cause: unknown) =>
      deps.log("error", "a deleted device is still registered; the next start tries again", {
        device: device.id,
        cause,
      }),
  );
}

/** Things whose device is in no organization any more. */
export async function removeLeftThings(
  deps: RemovalDeps & Pick<EnrolDeps, "store">,
  client: IoTClient,
): Promise<void> {
  for await (const page of paginateListThings({ client, pageSize: 250 }, {}))
    for (const { thingName = "" } of page.things ?? []) {
      const id = deviceOfThing(deps.installation, thingName);
      if (id === undefined) continue;
      const organization = await deps.store.devices.organizationOf(id);
      if (organization === undefined) await removeThing(deps, { organization: "", id });
    }
}
