/** What devices say, from the rules: reports, acknowledgements, health, presence, hello. */
import { takeMessage, type DeviceMessage } from "@sightline/core/intake/device-message";
import type { DeviceDeps } from "@sightline/core/ports/deps";
import type { Log } from "../shared/log.ts";

export async function takeEvent(
  deps: DeviceDeps & { readonly log: Log },
  event: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { topic } = event;
  if (typeof topic !== "string") return deps.log("warn", "a rule's event has no topic", {});
  const message: DeviceMessage = { ...event, topic };
  const intake = await takeMessage(deps, message);
  if (intake.kind === "ignored")
    deps.log("warn", "a device's message was ignored", { topic, why: intake.why });
}
