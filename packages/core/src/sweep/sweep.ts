/** What nobody else gets to in time: commands that expire, devices that are gone, devices that did not catch up. */
import { isDomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { expireCommand } from "../command/command-operations.ts";
import { deviceHasCaughtUp } from "../device/delta.ts";
import { isOnline, takePresence } from "../presence/presence.ts";
import type { DeviceDeps } from "../ports/deps.ts";
import type { DueItem } from "../ports/store.ts";
import { syncShadow } from "../sync/shadow-sync.ts";

const rowsPerSweep = 200;

/** Handles everything that is due; one item that fails does not hold up the others. Returns how many were handled and the failures. */
export async function sweep(
  deps: DeviceDeps,
): Promise<{ readonly handled: number; readonly failures: readonly unknown[] }> {
  const nowMs = deps.clock.nowMs();
  const items = await deps.store.due.list(nowMs, rowsPerSweep);
  const results = await Promise.allSettled(items.map((item) => sweepItem(deps, item, nowMs)));
  const failures = results.flatMap((result) =>
    result.status === "rejected" ? [result.reason] : [],
  );
  return { handled: items.length - failures.length, failures };
}

async function sweepItem(deps: DeviceDeps, item: DueItem, nowMs: number): Promise<void> {
  switch (item.kind) {
    case "command-expiry": {
      const command = await deps.store.commands.get(item.device, item.id);
      if (command) await expireCommand(deps, command);
      return;
    }
    case "device-offline": {
      const { organization, device: id } = item;
      await takePresence(deps, { organization, id }, { kind: "due", atMs: nowMs });
      deps.signals.notify(id);
      return;
    }
    case "device-sync":
      return checkSync(deps, item, nowMs);
  }
}

/** An offline device is synced by its hello: nothing to repeat until then. */
async function checkSync(
  deps: DeviceDeps,
  { organization, device, dueAtMs }: DueItem & { readonly kind: "device-sync" },
  nowMs: number,
): Promise<void> {
  const stored = await deps.store.devices.get(organization, device);
  const settled =
    !stored ||
    !isOnline(stored.presence, nowMs) ||
    (await deviceHasCaughtUp(deps, { organization, id: device }));
  if (settled) return deps.store.devices.clearSyncDue(organization, device, dueAtMs);
  await deps.store.devices.setSyncDue(organization, device, nowMs + limits.syncCheckAfterMs);
  try {
    await syncShadow(deps, { organization, device, full: true });
  } catch (error) {
    if (!isDomainError(error, "sync.conflict")) throw error;
  }
}
