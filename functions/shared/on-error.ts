/** The one place where errors of calls end: refusals are told in the app's form, everything else is `internal` and one log line. */
import type { Context } from "hono";
import { DomainError, errorTable } from "@sightline/contracts/errors";
import { problemForm, type ErrorForm } from "./problem.ts";
import type { Log } from "./log.ts";

export interface ErrorDeps {
  readonly log: Log;
  /** Problem documents when absent. */
  readonly errorForm?: ErrorForm;
}

export function onError(
  { log, errorForm = problemForm }: ErrorDeps,
  error: unknown,
  c: Context,
): Response {
  const requestId = String(c.get("requestId" as never));
  const request = { path: c.req.path, requestId };
  const refusal =
    error instanceof DomainError
      ? error
      : new DomainError("internal", "something went wrong", { cause: error });
  if (errorTable[refusal.code].status >= 500)
    log("error", refusal.message, { ...request, code: refusal.code, cause: refusal.cause });
  const response = errorForm(refusal, request);
  const allow = c.res.headers.get("allow");
  if (allow) response.headers.set("allow", allow);
  return response;
}
