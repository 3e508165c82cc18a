/** What devices say, from the rules: reports, acknowledgements, health, presence, hello. */
import { takeMessage } from "@sightline/core/intake/device-message";
import type { DeviceDeps } from "@sightline/core/ports/deps";
import type { Log } from "../shared/log.ts";
import { takeRuleEvent, type RuleEvent } from "../shared/rule-event.ts";

export const takeEvent = (
  deps: DeviceDeps & { readonly log: Log },
  event: RuleEvent,
): Promise<void> => takeRuleEvent(deps.log, event, (message) => takeMessage(deps, message));
