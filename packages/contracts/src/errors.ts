/**
 * Every error code of the product, with what it means over HTTP. `ERRORS.md` shows this table; a test keeps the two equal.
 * `retryable` says that the same request can succeed later without being changed.
 */
const table = {
  "input.invalid": [400, false, "The request does not have the form that the route wants."],
  "input.too-large": [413, false, "The body is larger than the route takes."],
  "input.cursor-invalid": [400, false, "The cursor is not one of this query."],
  "input.unsupported": [415, false, "The body's media type is not one that the route takes."],
  "auth.required": [401, false, "No credentials, or not valid ones."],
  "auth.forbidden": [403, false, "The credentials do not allow this."],
  "auth.throttled": [429, true, "Too many failed logins for this login from this address."],
  "route.not-found": [404, false, "There is no such route."],
  "route.method-not-allowed": [405, false, "The route does not have this method."],
  "request.throttled": [429, true, "Too many requests; `Retry-After` says when to try again."],
  "idempotency.key-invalid": [400, false, "The `Idempotency-Key` does not have the form of one."],
  "idempotency.key-reused": [
    422,
    false,
    "The `Idempotency-Key` was used for another request; a new request needs a new key.",
  ],
  "idempotency.busy": [
    409,
    true,
    "The request with this `Idempotency-Key` is being carried out right now.",
  ],
  "organization.not-found": [404, false, "There is no such organization."],
  "organization.changed": [
    412,
    false,
    "The organization was changed by somebody else in the meantime.",
  ],
  "organization.conflict": [
    409,
    true,
    "Several writers changed the organization at once; try again.",
  ],
  "user.not-found": [404, false, "There is no such user."],
  "user.login-taken": [409, false, "Another user has this login."],
  "user.changed": [412, false, "The user was changed by somebody else in the meantime."],
  "user.conflict": [409, true, "Several writers changed the user at once; try again."],
  "user.last-admin": [409, false, "Nobody could administer the organization any more."],
  "user.limit": [409, false, "The organization holds as many users as it may."],
  "user.readonly": [403, false, "The user may not change what is their own."],
  "user.password-wrong": [403, false, "The current password is another one."],
  "site.not-found": [404, false, "There is no such site."],
  "site.name-taken": [409, false, "Another site of the organization has this name."],
  "site.changed": [412, false, "The site was changed by somebody else in the meantime."],
  "site.conflict": [409, true, "Several writers changed the site at once; try again."],
  "site.not-empty": [409, false, "Devices, streams or folders are at the site."],
  "member.not-found": [404, false, "The user is no member of the site."],
  "member.is-owner": [409, false, "The owner of a site is a member with every permission."],
  "folder.not-found": [404, false, "There is no such folder."],
  "folder.changed": [412, false, "The folder was changed by somebody else in the meantime."],
  "folder.conflict": [409, true, "Several writers changed the folders at once; try again."],
  "folder.not-empty": [409, false, "Streams or folders are in the folder."],
  "folder.in-itself": [409, false, "A folder would be below itself."],
  "folder.too-deep": [409, false, "Folders would have more levels than they may."],
  "folder.limit-reached": [409, false, "The organization has as many folders as it may."],
  "device.not-found": [404, false, "There is no such device."],
  "device.name-taken": [409, false, "Another device of the organization has this name."],
  "device.has-streams": [409, false, "Streams are placed on the device."],
  "device.changed": [412, false, "The device was changed by somebody else in the meantime."],
  "device.conflict": [409, true, "Several writers changed the device at once; try again."],
  "device.offline": [409, true, "The device is not connected."],
  "device.not-enrolled": [
    409,
    false,
    "The device has never enrolled, so nothing can be sealed for it.",
  ],
  "device.disk-full": [
    503,
    true,
    "The disk of the box takes nothing more, so the box cannot remember what it does.",
  ],
  "device.stream-limit": [409, false, "The device holds as many streams as it may."],
  "token.not-found": [404, false, "There is no such access token."],
  "session.not-found": [404, false, "There is no such session."],
  "session.reused": [
    401,
    false,
    "The refresh token was used before, so its session has ended; log in again.",
  ],
  "enrolment.invalid": [403, false, "The enrolment token is unknown, used or expired."],
  "enrolment.busy": [409, true, "The same enrolment is being carried out right now."],
  "enrolment.csr-invalid": [400, false, "The certificate signing request is not valid."],
  "stream.not-found": [404, false, "There is no such stream."],
  "stream.name-taken": [409, false, "Another stream of the organization has this name."],
  "stream.local-name-taken": [409, false, "Another stream of the device has this local name."],
  "stream.not-placed": [409, false, "The stream is not placed on a device."],
  "stream.changed": [412, false, "The stream was changed by somebody else in the meantime."],
  "stream.conflict": [409, true, "Several writers changed the stream at once; try again."],
  "stream.no-frame": [504, true, "The stream has shown no frame yet."],
  "snapshot.unavailable": [
    504,
    true,
    "The device gave no picture in time; `details.reason` says why.",
  ],
  "stream.no-report": [404, true, "The device has not reported on the stream yet."],
  "stream.source-unreachable": [502, true, "The camera does not answer, or closed the connection."],
  "stream.source-not-found": [
    502,
    true,
    "The camera has no such stream, or the file does not exist.",
  ],
  "stream.source-unauthorized": [502, true, "The camera refuses the credentials."],
  "stream.source-untrusted": [502, true, "The box does not trust the camera's certificate."],
  "stream.source-forbidden": [502, false, "The box may not connect to this source address."],
  "stream.source-invalid": [502, true, "The source sends something that is no video."],
  "stream.codec-unsupported": [502, false, "The source's video codec is not supported by the box."],
  "stream.no-video": [502, true, "The source has no video."],
  "stream.no-first-frame": [502, true, "The source connected, but no frame came."],
  "stream.stalled": [502, true, "Frames stopped coming."],
  "stream.recording-exists": [409, false, "There is a recording of this name already."],
  "stream.recording-failed": [503, true, "The box cannot write the recording."],
  "stream.quarantined": [
    502,
    false,
    "The stream ended the pipeline several times and is held back until it is changed.",
  ],
  "stream.secret-unreadable": [
    502,
    false,
    "The box cannot open the sealed camera credentials; it was replaced or restored.",
  ],
  "stream.local-name-conflict": [
    502,
    true,
    "The pipeline holds a stream of this local name that the cloud did not place.",
  ],
  "drift.not-found": [404, false, "The device reports no such change made on the box."],
  "drift.not-adoptable": [
    409,
    false,
    "What was changed on the box cannot be taken over as it is; the hint says what is missing.",
  ],
  "shadow.not-found": [404, false, "The device has no such shadow."],
  "shadow.too-large": [413, false, "The desired state does not fit into a device shadow."],
  "command.not-found": [404, false, "There is no such command."],
  "command.conflict": [409, false, "The command's id is taken by a different command."],
  "command.expired": [410, false, "The command was not taken in time."],
  "command.finished": [409, false, "The command has already ended."],
  "command.unsupported": [501, false, "The device's agent does not know this kind of command."],
  "command.outcome-unknown": [
    502,
    false,
    "The agent restarted while the command ran, or the pipeline cannot tell what became of it.",
  ],
  "command.timeout": [504, true, "The device did not answer in time."],
  "pipeline.stopped": [409, false, "The device's pipeline is stopped, as was asked for."],
  "pipeline.unavailable": [503, true, "The pipeline on the box does not answer."],
  "native.refused": [502, false, "The pipeline refused the request."],
  "sync.conflict": [409, true, "The device's shadow kept changing; it is synced again shortly."],
  "gateway.unavailable": [503, true, "The device gateway does not answer."],
  "store.unavailable": [503, true, "The database does not answer."],
  internal: [500, true, "Something went wrong on our side; the log has it under the request id."],
} as const satisfies Record<string, readonly [number, boolean, string]>;

export type ErrorCode = keyof typeof table;

export interface ErrorRow {
  readonly status: number;
  readonly retryable: boolean;
  readonly meaning: string;
}

export const errorTable = Object.fromEntries(
  Object.entries(table).map(([code, [status, retryable, meaning]]) => [
    code,
    { status, retryable, meaning },
  ]),
) as Readonly<Record<ErrorCode, ErrorRow>>;

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(table, text);

export interface DomainErrorOptions {
  /** What the caller can do next, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Machine-readable particulars; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class. Refusals are thrown as this; everything else that is thrown is a defect and becomes `internal`. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DomainError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

export const isDomainError = (error: unknown, code?: ErrorCode): error is DomainError =>
  error instanceof DomainError && (code === undefined || error.code === code);
