/**
 * `Idempotency-Key`: a POST that is sent again is answered again, and carried out once.
 * [draft-ietf-httpapi-idempotency-key-header-07]
 *
 * - The first answer is kept for `limits.idempotencyKeptMs`, per principal and key, for the same method, path, query and body.
 * - Answers that could be better the next time (5xx, 429, codes that are `retryable`, what lacks rights) are not kept: the key is free again.
 * - A try that dies holds the key until its lease ends. The next one makes the same ids as the first, and so meets what that
 *   has made instead of making a second one.
 * - Kept answers are encrypted, all of them: some carry a token.
 * - Routes without a principal are left out. An enrolment is idempotent by its own CSR, and strangers get no room in the table.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Context } from "hono";
import { DomainError, errorTable } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { Principal } from "@sightline/core/access/principal";
import { digest } from "@sightline/core/digest";
import { createSeededIds } from "@sightline/core/adapters/seeded-ids";
import type { Deps } from "@sightline/core/ports/deps";
import type { Ids } from "@sightline/core/ports/ids";
import { problemForm, type ErrorForm } from "./problem.ts";

export type IdempotencyDeps = Pick<Deps, "store" | "vault" | "clock" | "ids"> & {
  readonly errorForm?: ErrorForm;
};

interface KeyedCall {
  readonly c: Context;
  readonly principal: Principal;
  readonly requestId: string;
  /** Carries the request out with these ids. */
  readonly run: (ids: Ids) => Promise<Response>;
}

/** Of an answer, besides its status and body. */
const keptHeaders = ["content-type", "location", "etag", "preference-applied"] as const;

/**
 * The key in the request, undefined without the header. A string of RFC 9651; bare text is taken too, for many clients send it so.
 * @throws DomainError idempotency.key-invalid
 */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const key =
    /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(text)?.[1] ?? /^[!#-+\--[\]-~]+$/.exec(text)?.[0];
  if (key !== undefined && key !== "" && key.length <= limits.idempotencyKeyCharactersMax)
    return key;
  throw new DomainError("idempotency.key-invalid", "Idempotency-Key is not a key", {
    hint: `send 1 to ${limits.idempotencyKeyCharactersMax} characters in quotes, such as a UUID`,
  });
}

const hash = (...parts: readonly string[]): string => digest(createHash("sha256"), parts);

/** @throws DomainError idempotency.key-invalid | idempotency.key-reused | idempotency.busy, and what the request throws */
export async function answerOnce(deps: IdempotencyDeps, call: KeyedCall): Promise<Response> {
  const { c, principal, requestId, run } = call;
  const key = idempotencyKey(c.req.header("idempotency-key"));
  if (key === undefined) return run(deps.ids);
  const id = hash(principal.organization, principal.id, key);
  const nowMs = deps.clock.nowMs();
  const owner = randomBytes(12).toString("base64url");
  const { method, url } = c.req;
  const { pathname, search } = new URL(url);
  const claim = await deps.store.idempotency.claim(id, {
    // The key is not kept: who reads the table cannot try passwords of the body on a quick hash.
    fingerprint: hash(key, method, pathname, search, await c.req.text()),
    owner,
    seed: randomBytes(16).toString("base64url"),
    nowMs,
    leaseUntilMs: nowMs + limits.idempotencyLeaseMs,
    expiresAtMs: nowMs + limits.idempotencyKeptMs,
  });
  switch (claim.kind) {
    case "reused":
      throw new DomainError("idempotency.key-reused", "the key was used for another request", {
        hint: "make a new key for every new request",
      });
    case "busy": {
      // The other one may have come between `nowMs` and the claim.
      const leftMs = claim.untilMs - deps.clock.nowMs();
      const retryAfterS = Math.max(1, Math.ceil(leftMs / 1000));
      throw new DomainError("idempotency.busy", "the first request is still being carried out", {
        details: { retryAfterS },
      });
    }
    case "answered": {
      const { status, headers, body } = claim.answer;
      const text = await deps.vault.decrypt(body, contextOf(id));
      return new Response(text, {
        status,
        headers: { ...headers, "idempotency-replayed": "true" },
      });
    }
    case "claimed": {
      const ids = createSeededIds(deps.ids, { seed: claim.seed, bornAtMs: claim.firstAtMs });
      return carryOut(deps, { id, owner }, { path: c.req.path, requestId, run: () => run(ids) });
    }
  }
}

/** What may be had a moment later, or by rights that are given meanwhile, is asked anew. */
const isLasting = ({ code }: DomainError): boolean =>
  !errorTable[code].retryable && !code.startsWith("auth.");

const contextOf = (id: string): string => `idempotency:${id}`;

async function carryOut(
  deps: IdempotencyDeps,
  { id, owner }: { readonly id: string; readonly owner: string },
  request: {
    readonly path: string;
    readonly requestId: string;
    readonly run: () => Promise<Response>;
  },
): Promise<Response> {
  const keep = async (answer: Response): Promise<void> => {
    const headers = Object.fromEntries(
      keptHeaders.flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    const body = await deps.vault.encrypt(await answer.clone().text(), contextOf(id));
    await deps.store.idempotency.complete(id, owner, { status: answer.status, headers, body });
  };
  try {
    const answer = await request.run();
    await keep(answer);
    return answer;
  } catch (error) {
    if (error instanceof DomainError && isLasting(error))
      await keep((deps.errorForm ?? problemForm)(error, request));
    // Nothing may hide the first error: a key that stays taken is free when its lease ends.
    else await deps.store.idempotency.release(id, owner).catch(() => undefined);
    throw error;
  }
}
