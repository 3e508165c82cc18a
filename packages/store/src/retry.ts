/**
 * What happens when the database does not just answer. The SDK repeats what was throttled or lost on the way; a row that another
 * transaction holds is not repeated there, so it is here: bounded, with full jitter, then `store.unavailable`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { DomainError } from "@sightline/contracts/errors";

const attemptsMax = 12;
const firstDelayMs = 10;
const delayMsMax = 400;

/** Codes of a cancelled transaction that pass by themselves. */
const passingCodes: ReadonlySet<string> = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

const conflicts: ReadonlySet<string> = new Set([
  "TransactionConflictException",
  "TransactionInProgressException",
]);

const throttles: ReadonlySet<string> = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
]);

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

/** Runs until no other writer is in the way. `run` is told the error of the try before. */
export async function retryConflicts<T>(run: (before: unknown) => Promise<T>): Promise<T> {
  let before: unknown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(before);
    } catch (error) {
      if (!isConflict(error)) throw isOutage(error) ? unavailable(error) : error;
      before = error;
    }
    await backOff(attempt, before);
  }
}

/** Waits before the next attempt. @throws DomainError store.unavailable when there were enough. */
export async function backOff(attempt: number, cause?: unknown): Promise<void> {
  if (attempt >= attemptsMax) throw unavailable(cause);
  await sleep(Math.random() * Math.min(delayMsMax, firstDelayMs * 2 ** attempt));
}

function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name !== "TransactionCanceledException") return conflicts.has(error.name);
  const codes = ((error as AwsError).CancellationReasons ?? []).map(({ Code }) => Code ?? "None");
  const failed = codes.filter((code) => code !== "None");
  return failed.length > 0 && failed.every((code) => passingCodes.has(code));
}

/** A 4xx that is no throttle is a defect of ours (or of the installation) and stays what it is. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata, name } = error as AwsError;
  if (throttles.has(name)) return true;
  if ($metadata === undefined) return false;
  return $metadata.httpStatusCode === undefined || $metadata.httpStatusCode >= 500;
}

const unavailable = (cause: unknown): DomainError =>
  new DomainError("store.unavailable", "the database does not answer", { cause });
