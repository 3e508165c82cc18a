/** The access patterns of requests with a key, each prepared and then run once. */
import type { Store } from "@sightline/core/ports/store";
import type { Patterns } from "./access-units.ts";
import { freshId, makeClaimant, makeKeptAnswer } from "./fixtures.ts";

export const idempotencyPatterns = ({ idempotency }: Store): Patterns => ({
  "idempotency.claim": async () => () => idempotency.claim(freshId("event"), makeClaimant()),
  "idempotency.claim, taken over": async () => {
    const id = freshId("event");
    await idempotency.claim(id, makeClaimant());
    const later = makeClaimant({ nowMs: makeClaimant().leaseUntilMs });
    return () => idempotency.claim(id, later);
  },
  "idempotency.complete": async () => {
    const id = freshId("event");
    const { owner } = makeClaimant();
    await idempotency.claim(id, makeClaimant({ owner }));
    return () => idempotency.complete(id, owner, makeKeptAnswer());
  },
  "idempotency.release": async () => {
    const id = freshId("event");
    const claimant = makeClaimant();
    await idempotency.claim(id, claimant);
    return () => idempotency.release(id, claimant.owner);
  },
});
