import type { Deps } from "../ports/deps.ts";
import { deviceIsOnline } from "../presence/presence.ts";
import { pollUntil, type WaitOutcome } from "../stream/wait.ts";
import type { Device, StoredDeviceReport } from "./device.ts";

/** Waits until the box has answered this revision of what it should be besides its streams. */
export async function waitForWish(
  deps: Pick<Deps, "store" | "clock" | "signals">,
  { organization, id, wish }: Device,
  timeoutMs: number,
): Promise<{
  readonly outcome: WaitOutcome;
  readonly report: StoredDeviceReport | undefined;
}> {
  let report: StoredDeviceReport | undefined;
  const look = async (): Promise<WaitOutcome | undefined> => {
    report = await deps.store.devices.getReport(organization, id);
    if ((report?.report.wish.revision ?? 0) >= (wish?.revision ?? 0)) return "applied";
    return (await deviceIsOnline(deps, organization, id)) ? undefined : "offline";
  };
  const outcome = await pollUntil(deps, { id, timeoutMs }, look);
  return { outcome: outcome ?? "timeout", report };
}
