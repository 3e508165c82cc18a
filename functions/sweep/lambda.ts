/** Every minute: what nobody else gets to in time. */
import { sweep } from "@sightline/core/sweep/sweep";
import { Environment } from "../shared/environment.ts";
import { lambdaPorts } from "../shared/lambda-ports.ts";

const deps = lambdaPorts(Environment.parse(process.env));

export async function handler(): Promise<{ handled: number; failed: number }> {
  const { handled, failures } = await sweep(deps);
  for (const cause of failures) deps.log("error", "a due item failed", { cause });
  return { handled, failed: failures.length };
}
