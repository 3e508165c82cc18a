/** Core's outcomes and refusals in DeepStream's words. Pure. */
import {
  errorTable,
  isErrorCode,
  type DomainError,
  type ErrorCode,
} from "@sightline/contracts/errors";
import type { ReportedError } from "@sightline/contracts/stream-report";
import type { DeviceWord, PendingReason } from "@sightline/core/device/word";
import { refusalHeaders, type ErrorForm } from "../shared/problem.ts";
import { envelope, envelopeHeaders, errorPage, statusLine, styled } from "./answer.ts";
import type { Sensor } from "./schema.ts";

/** The reasons of one endpoint, whole. */
export interface Sentences {
  /** Before `_SUCCESS` and `_PENDING`. */
  readonly prefix: string;
  /** What it speaks of is not there. */
  readonly unknown: string;
  /** The box cannot, or will not. */
  readonly refused: string;
  readonly duplicate?: string;
  readonly capacity?: string;
}

export const sensorSentences: Readonly<Record<Sensor["change"], Sentences>> = {
  add: {
    prefix: "STREAM_ADD",
    unknown: "STREAM_ADD_FAIL, Failed to add source stream",
    refused: "STREAM_ADD_FAIL, Failed to add source stream",
    duplicate: "STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream",
    // "exceded" is how DeepStream writes it.
    capacity: "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux",
  },
  remove: {
    prefix: "STREAM_REMOVE",
    unknown: "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream",
    // DeepStream has no space behind this comma.
    refused: "STREAM_REMOVE_FAIL,Failed to remove source stream",
  },
};

const pendingTexts: Readonly<Record<PendingReason, string>> = {
  offline: "the device is offline; kept until it connects",
  timeout: "the device has not answered yet; kept until it does",
  stopped: "the pipeline is stopped; kept until it runs",
};
const commandPendingTexts: Readonly<Record<PendingReason, string>> = {
  ...pendingTexts,
  offline: "the device is offline; kept for 60 s",
};

export interface WordTelling {
  /** What is pending is not kept for long. */
  readonly isCommand?: boolean;
  /** One stream was named. */
  readonly isOfStream?: boolean;
}

export function fromWord(
  word: DeviceWord,
  sentences: Sentences,
  { isCommand = false, isOfStream = false }: WordTelling,
): Response {
  switch (word.kind) {
    case "done": {
      // Asked for one stream, done for all.
      const scope = isOfStream && word.scope === "device" ? { scope: "device" } : {};
      return envelope(200, `${sentences.prefix}_SUCCESS`, scope);
    }
    case "pending": {
      const why = (isCommand ? commandPendingTexts : pendingTexts)[word.why];
      return envelope(202, `${sentences.prefix}_PENDING, ${why}`);
    }
    case "refused":
      return refusedAnswer(word.error, sentences);
  }
}

function refusedAnswer(error: ReportedError, sentences: Sentences): Response {
  const words = wordsOf(error.code);
  const reason = words === "message" ? sentences.refused : sentenceOf(sentences, words);
  return envelope(500, reason, { error: { code: error.code, text: error.text } });
}

const sentenceOf = (sentences: Sentences, words: Exclude<Words, "message">): string =>
  sentences[words] ?? sentences.refused;

/** `message`: our own text is the reason. */
type Words = "unknown" | "refused" | "duplicate" | "capacity" | "message";

export interface VendorError {
  readonly status: number;
  readonly words: Words;
}

const own = (code: ErrorCode): VendorError => ({
  status: errorTable[code].status,
  words: "message",
});
/** DeepStream knows 400 and 500. */
const refused: VendorError = { status: 500, words: "refused" };
const unknown: VendorError = { status: 500, words: "unknown" };
const duplicate: VendorError = { status: 500, words: "duplicate" };
const capacity: VendorError = { status: 500, words: "capacity" };

export const renderError: Readonly<Record<ErrorCode, VendorError>> = {
  "input.invalid": own("input.invalid"),
  "input.too-large": own("input.too-large"),
  "input.cursor-invalid": own("input.cursor-invalid"),
  "input.unsupported": own("input.unsupported"),
  "auth.required": own("auth.required"),
  "auth.forbidden": own("auth.forbidden"),
  "auth.throttled": own("auth.throttled"),
  "route.not-found": own("route.not-found"),
  "route.method-not-allowed": own("route.method-not-allowed"),
  "request.throttled": own("request.throttled"),
  "idempotency.key-invalid": own("idempotency.key-invalid"),
  "idempotency.key-reused": own("idempotency.key-reused"),
  "idempotency.busy": own("idempotency.busy"),
  "organization.not-found": own("organization.not-found"),
  "organization.changed": refused,
  "organization.conflict": refused,
  "user.not-found": refused,
  "user.login-taken": refused,
  "user.changed": refused,
  "user.conflict": refused,
  "user.last-admin": refused,
  "user.limit": refused,
  "user.readonly": refused,
  "user.password-wrong": refused,
  "site.not-found": own("site.not-found"),
  "site.name-taken": refused,
  "site.changed": refused,
  "site.conflict": own("site.conflict"),
  "site.not-empty": refused,
  "member.not-found": own("member.not-found"),
  "member.is-owner": refused,
  "folder.not-found": own("folder.not-found"),
  "folder.changed": refused,
  "folder.conflict": own("folder.conflict"),
  "folder.not-empty": refused,
  "folder.in-itself": refused,
  "folder.too-deep": refused,
  "folder.limit-reached": refused,
  "device.not-found": own("device.not-found"),
  "device.name-taken": refused,
  "device.has-streams": refused,
  "device.changed": refused,
  "device.conflict": own("device.conflict"),
  "device.offline": refused,
  "device.not-enrolled": refused,
  "device.disk-full": refused,
  "device.stream-limit": capacity,
  "token.not-found": own("token.not-found"),
  "session.not-found": own("session.not-found"),
  "session.reused": own("session.reused"),
  "enrolment.invalid": refused,
  "enrolment.busy": refused,
  "enrolment.csr-invalid": refused,
  "stream.not-found": unknown,
  "stream.name-taken": duplicate,
  "stream.local-name-taken": duplicate,
  "stream.not-placed": unknown,
  "stream.changed": refused,
  "stream.conflict": own("stream.conflict"),
  "stream.no-frame": refused,
  "snapshot.unavailable": refused,
  "stream.no-report": unknown,
  "stream.source-unreachable": refused,
  "stream.source-not-found": refused,
  "stream.source-unauthorized": refused,
  "stream.source-untrusted": refused,
  "stream.source-forbidden": refused,
  "stream.source-invalid": refused,
  "stream.codec-unsupported": refused,
  "stream.no-video": refused,
  "stream.no-first-frame": refused,
  "stream.stalled": refused,
  "stream.recording-exists": refused,
  "stream.recording-failed": refused,
  "stream.quarantined": refused,
  "stream.secret-unreadable": refused,
  "stream.local-name-conflict": duplicate,
  "drift.not-found": refused,
  "drift.not-adoptable": refused,
  "shadow.not-found": refused,
  "shadow.too-large": refused,
  "command.not-found": refused,
  "command.conflict": refused,
  "command.expired": refused,
  "command.finished": refused,
  "command.unsupported": refused,
  "command.outcome-unknown": refused,
  "command.timeout": refused,
  "pipeline.stopped": refused,
  "pipeline.unavailable": refused,
  "native.refused": refused,
  "sync.conflict": own("sync.conflict"),
  "gateway.unavailable": own("gateway.unavailable"),
  "store.unavailable": own("store.unavailable"),
  internal: own("internal"),
};

/** Codes come from boxes, too: of one that is not known, that it was refused. */
const wordsOf = (code: string): Words => (isErrorCode(code) ? renderError[code].words : "refused");

/** What core refuses, in the words of the endpoint; undefined for what it has no words for. */
export function fromRefusal(refusal: DomainError, sentences: Sentences): Response | undefined {
  const { code, message } = refusal;
  // Behind the schema only the camera's URL can be one that nothing could play.
  const { words } = code === "input.invalid" ? refused : renderError[code];
  if (words === "message") return undefined;
  const more = words === "refused" ? { error: { code, text: message } } : {};
  return envelope(500, sentenceOf(sentences, words), more);
}

/** A refusal that no endpoint has words for. An unknown path is answered as DeepStream's HTTP server does. */
export const errorForm: ErrorForm = (refusal) => {
  const { code, message, details } = refusal;
  const { status } = renderError[code];
  const headers = refusalHeaders(
    { status, code, ...(details && { details }) },
    envelopeHeaders["content-type"],
  );
  if (code === "route.not-found") return errorPage(status, "Not Found", headers);
  return new Response(styled({ reason: message, status: statusLine(status) }), { status, headers });
};
