/** The one place where errors of calls end: refusals become problem documents, everything else `internal` and one log line. */
import type { Context } from "hono";
import { DomainError, errorTable } from "@sightline/contracts/errors";
import { problemOf, problemResponse } from "./problem.ts";
import type { Log } from "./log.ts";

export function onError(log: Log, error: unknown, c: Context): Response {
  const requestId = String(c.get("requestId" as never));
  const request = { path: c.req.path, requestId };
  const refusal =
    error instanceof DomainError
      ? error
      : new DomainError("internal", "something went wrong", { cause: error });
  if (errorTable[refusal.code].status >= 500)
    log("error", refusal.message, { ...request, code: refusal.code, cause: refusal.cause });
  const response = problemResponse(problemOf(refusal, request));
  const allow = c.res.headers.get("allow");
  if (allow) response.headers.set("allow", allow);
  return response;
}
