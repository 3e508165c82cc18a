/** What boxes say of their certificates, from the rule of that name. */
import { takeCertificateMessage, type RenewalDeps } from "@sightline/core/enrolment/renewal";
import type { Log } from "../shared/log.ts";
import { takeRuleEvent, type RuleEvent } from "../shared/rule-event.ts";

export const takeCertificateEvent = (
  deps: RenewalDeps & { readonly log: Log },
  event: RuleEvent,
): Promise<void> =>
  takeRuleEvent(deps.log, event, (message) => takeCertificateMessage(deps, message));
