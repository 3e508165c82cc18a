/** Target of the rules of `contracts/rules.ts`; health comes in batches through its queue. */
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { Environment } from "../shared/environment.ts";
import { lambdaPorts } from "../shared/lambda-ports.ts";
import type { RuleEvent } from "../shared/rule-event.ts";
import { takeEvent } from "./device-events.ts";

const deps = lambdaPorts(Environment.parse(process.env));

const isBatch = (event: RuleEvent | SQSEvent): event is SQSEvent =>
  "Records" in event && Array.isArray(event.Records);

/** One selected object of a rule, or a batch of them. */
export async function handler(event: RuleEvent | SQSEvent): Promise<SQSBatchResponse | undefined> {
  if (!isBatch(event)) {
    await takeEvent(deps, event);
    return undefined;
  }
  const results = await Promise.allSettled(
    // A body that is no JSON fails alone.
    event.Records.map(async ({ body }) => takeEvent(deps, JSON.parse(body) as RuleEvent)),
  );
  const batchItemFailures = event.Records.flatMap(({ messageId }, index) => {
    const result = results[index];
    if (result?.status !== "rejected") return [];
    deps.log("error", "a queued message failed", { cause: result.reason });
    return [{ itemIdentifier: messageId }];
  });
  return { batchItemFailures };
}
