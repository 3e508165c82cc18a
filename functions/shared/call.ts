/** One HTTP call as handlers see it, and the table row that leads to a handler. */
import { strict as assert } from "node:assert";
import type { Context } from "hono";
import { DomainError, type ErrorCode } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { storageFlaw } from "@sightline/contracts/storable";
import type { Authenticator } from "@sightline/core/access/authenticate";
import type { Permission, Principal } from "@sightline/core/access/principal";
import type { SessionTokens } from "@sightline/core/session/session-tokens";
import type { RecordAs } from "@sightline/core/ports/store";
import type { Actor, Caller, Deps } from "@sightline/core/ports/deps";
import type { ErrorDeps } from "./on-error.ts";
import type { Rates } from "./rate-limit.ts";
import type * as z from "zod";

/** What every HTTP app needs, also those without principals. */
export interface AppDeps extends ErrorDeps {
  readonly ids: Deps["ids"];
  /** The defaults when absent. */
  readonly rates?: Rates;
}

export interface HttpDeps extends Deps, AppDeps {
  readonly authenticator: Authenticator;
  readonly sessionTokens: SessionTokens;
  /** What enrolment tokens pin: SHA-256 hex of the CA of the MQTT server, or `public`. */
  readonly caFingerprint: string;
  readonly version: string;
  /** The folder of the API's document and of the page that shows it. */
  readonly documents: string;
}

export interface Call<D = HttpDeps> {
  readonly deps: D;
  readonly c: Context;
  readonly actor: Actor;
  /** Who calls; absent on routes for anybody. */
  readonly principal?: Principal | undefined;
  /** On routes for anybody, when it turns out who it is. */
  readonly recordAs?: RecordAs;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * `public` needs no credentials; `once` carries its own one-time right; `self` takes any credentials, for what is the caller's own.
 * Everything else names a permission.
 */
export type Access = Permission | "public" | "once" | "self";

/** What the OpenAPI document says of a route, beside what follows from the rest of its row. */
export interface RouteDocument {
  readonly summary: string;
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** The document that a merge patch applies to. */
  readonly patch?: z.ZodType;
  readonly ifMatch?: boolean;
  /** Takes `Prefer: wait=N`. */
  readonly waits?: boolean;
  /** By status; what is JSON has a name, by `.meta({ id })`. */
  readonly answers: Readonly<Record<number, z.ZodType | "nothing" | "jpeg">>;
  /** Codes of its own; what every route of its kind refuses with is added. */
  readonly errors: readonly ErrorCode[];
}

export interface Route<D = HttpDeps> {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
  readonly about: RouteDocument;
  readonly handle: (call: Call<D>) => Promise<Response>;
}

/** Of a route that is not for anybody. */
export function principalOf({ principal }: Pick<Call, "principal">): Principal {
  assert(principal, "the route is for anybody");
  return principal;
}

/** Who calls, for what takes more than the right that the route names. */
export const callerOf = (call: Pick<Call, "actor" | "principal">): Caller => ({
  actor: call.actor,
  principal: principalOf(call),
});

/** A path parameter, percent-decoded. */
export const parameter = ({ c }: Call, name: string): string => c.req.param(name) ?? "";

/** @throws DomainError input.unsupported | input.invalid, with the path of each finding */
export async function readBody<T>({ c }: Pick<Call, "c">, schema: z.ZodType<T>): Promise<T> {
  return parseInput(schema, await readJson(c));
}

/** @throws DomainError input.unsupported | input.invalid */
export async function readJson(c: Context): Promise<unknown> {
  const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json" && type !== "application/merge-patch+json")
    throw new DomainError("input.unsupported", "the body is not JSON", {
      hint: "send Content-Type: application/json (curl --json)",
    });
  const value = parseJson(await c.req.text());
  const flaw = storageFlaw(value);
  if (flaw !== undefined) throw new DomainError("input.invalid", `the body: ${flaw}`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError("input.invalid", "the body is not valid JSON", { cause });
  }
}

export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map(({ path, message }) => ({
    path: path.join("."),
    message,
  }));
  const [first] = findings;
  throw new DomainError("input.invalid", `${first?.path || "the body"}: ${first?.message ?? ""}`, {
    details: { findings: findings.slice(0, 20) },
  });
}

/** `Prefer: wait=N` in ms, 0 when the client does not want to wait. [RFC 7240, 4.3] */
export function preferredWaitMs({ c }: Call): number {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(c.req.header("prefer") ?? "");
  return Math.min(Number(match?.[1] ?? 0) * 1000, limits.waitMsMax);
}

/** The revision in `If-Match`; undefined when any will do. @throws DomainError input.invalid */
export function ifMatchRevision({ c }: Call): number | undefined {
  const header = c.req.header("if-match")?.trim();
  if (header === undefined || header === "*") return undefined;
  const match = /^"(\d{1,15})"$/.exec(header);
  if (!match)
    throw new DomainError("input.invalid", "If-Match is not an ETag of this resource", {
      hint: 'send the ETag as you got it, for example "3"',
    });
  return Number(match[1]);
}

export const etag = (revision: number): string => `"${revision}"`;
