/** What a rule of `contracts/rules.ts` hands on. */
import type { DeviceMessage, Intake } from "@sightline/core/intake/device-message";
import type { Log } from "./log.ts";

export type RuleEvent = Readonly<Record<string, unknown>>;

/** Gives one selected object to who takes it in; what is ignored is said in the log. */
export async function takeRuleEvent(
  log: Log,
  event: RuleEvent,
  take: (message: DeviceMessage) => Promise<Intake>,
): Promise<void> {
  const { topic } = event;
  if (typeof topic !== "string") return log("warn", "a rule's event has no topic", {});
  const intake = await take({ ...event, topic });
  if (intake.kind === "ignored")
    log("warn", "a device's message was ignored", { topic, why: intake.why });
}
