/** Errors over HTTP: problem documents. [RFC 9457] */
import { errorTable, type DomainError, type ErrorCode } from "@sightline/contracts/errors";

export interface Problem {
  /** Where the code is explained. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** What to do next. */
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The request that was refused. */
export interface RefusedRequest {
  readonly path: string;
  readonly requestId: string;
}

/** How refusals are told: a dialect has its own form. */
export type ErrorForm = (refusal: DomainError, request: RefusedRequest) => Response;

export const problemForm: ErrorForm = (refusal, request) =>
  problemResponse(problemOf(refusal, request));

export function problemOf(error: DomainError, request: RefusedRequest): Problem {
  const { status, meaning } = errorTable[error.code];
  return {
    type: `urn:sightline:error:${error.code}`,
    title: meaning,
    status,
    detail: error.message,
    instance: request.path,
    code: error.code,
    requestId: request.requestId,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.details && { details: error.details }),
  };
}

/** Busy backends, leases and rows that several writers want: a second later it may do. */
const isSoonOver = ({ status, code }: Pick<Problem, "status" | "code">): boolean =>
  status === 503 || status === 429 || /\.(?:busy|conflict)$/.test(code);

/** What a refusal says in its headers, whatever the form of its body. */
export function refusalHeaders(
  refusal: Pick<Problem, "status" | "code" | "details">,
  contentType: string,
): Headers {
  const headers = new Headers({ "content-type": contentType });
  if (refusal.status === 401)
    headers.set("www-authenticate", 'Basic realm="sightline", charset="UTF-8", Bearer');
  const retryAfterS = refusal.details?.["retryAfterS"];
  if (typeof retryAfterS === "number") headers.set("retry-after", String(retryAfterS));
  else if (isSoonOver(refusal)) headers.set("retry-after", "1");
  return headers;
}

export function problemResponse(problem: Problem): Response {
  const headers = refusalHeaders(problem, "application/problem+json");
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
