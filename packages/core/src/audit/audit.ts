/** Who asked what, from where, and what came of it: one record for each call that changed something. It never holds a secret. */
import type { Principal } from "../access/principal.ts";

export interface AuditActor {
  /** `device`: a box, by its one-time enrolment token. */
  readonly kind: "user" | "token" | "device";
  /** Number of a user, id of a token or device. */
  readonly id: string;
  /** What it was called then. */
  readonly name: string;
  /** Whose the token was. */
  readonly user?: number;
}

/** Absent from a record while its call is under way, and for good when its process died or could not add it. */
export interface AuditOutcome {
  /** Of the answer, as the client's dialect has it. */
  readonly status: number;
  readonly durationMs: number;
}

export interface AuditRecord extends Partial<AuditOutcome> {
  readonly organization: string;
  readonly id: string;
  readonly atMs: number;
  readonly actor: AuditActor;
  /** Method and template of the route: `PATCH /v1/streams/:stream`. */
  readonly operation: string;
  /** As it was called, without query and credentials. */
  readonly path: string;
  readonly requestId: string;
  /** Of the trace that the client says the call is part of. */
  readonly traceId?: string;
  /** Client's address; of IPv6 the network. */
  readonly originator: string;
}

/** Whoever it turns out to be: by their credentials, or by what the body says. */
export interface RecordedAs {
  readonly organization: string;
  readonly actor: AuditActor;
}

export function actorOf({ kind, id, name, user }: Principal): AuditActor {
  return kind === "user" ? { kind, id: String(user), name } : { kind, id, name, user };
}

/** Of the header `traceparent`; undefined when it is none. [W3C Trace Context, 3.2] */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const match = /^(?!ff)[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(?:-|$)/.exec(
    traceparent ?? "",
  );
  return match?.[1] === "0".repeat(32) ? undefined : match?.[1];
}

/** An IPv6 address without its last 64 bits: a machine picks those anew all the time, and may be told by them. */
export function originatorOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  const network = [...first, ...zeros, ...last].slice(0, 4).join(":");
  // The parser of URLs writes addresses as everybody does. [RFC 5952]
  return `${new URL(`http://[${network}::]`).hostname.slice(1, -1)}/64`;
}
