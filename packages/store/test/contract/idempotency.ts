import { expect, it } from "vitest";
import { freshId, makeClaimant, makeKeptAnswer } from "../fixtures.ts";
import { expectNoWrite, type SubjectOf } from "./subject.ts";

export function idempotencyContract(subject: SubjectOf): void {
  it("gives a key to one of 50 tries at once, and says to the others until when it is busy", async () => {
    const { idempotency } = subject().store;
    const id = freshId("event");
    const claims = await Promise.all(
      Array.from({ length: 50 }, () => idempotency.claim(id, makeClaimant())),
    );
    const { leaseUntilMs: untilMs } = makeClaimant();
    expect(claims.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind !== "claimed")).toEqual(
      Array.from({ length: 49 }, () => ({ kind: "busy", untilMs })),
    );
  });

  it("keeps the answer for the same request, and gives it to no other", async () => {
    const { idempotency } = subject().store;
    const id = freshId("event");
    const first = makeClaimant();
    await idempotency.claim(id, first);
    expect(await idempotency.complete(id, first.owner, makeKeptAnswer())).toBe(true);
    const answered = { kind: "answered", answer: makeKeptAnswer() };
    await expectNoWrite(subject(), () => idempotency.claim(id, makeClaimant()), answered);
    const late = makeClaimant({ nowMs: first.leaseUntilMs + 1 });
    await expectNoWrite(subject(), () => idempotency.claim(id, late), answered);
    const other = makeClaimant({ fingerprint: "other" });
    await expectNoWrite(subject(), () => idempotency.claim(id, other), { kind: "reused" });
    await expectNoWrite(subject(), () => idempotency.release(id, first.owner), undefined);
  });

  it("lets one try take over when the lease is over, with the seed of the first", async () => {
    const { idempotency } = subject().store;
    const id = freshId("event");
    const first = makeClaimant();
    await idempotency.claim(id, first);
    const nowMs = first.leaseUntilMs;
    const next = () => makeClaimant({ nowMs, leaseUntilMs: nowMs + 30_000 });
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => idempotency.claim(id, next())),
    );
    expect(claims.filter(({ kind }) => kind === "claimed")).toEqual([
      { kind: "claimed", seed: first.seed, firstAtMs: first.nowMs },
    ]);
    // The one that was too slow has nothing to say any more.
    const { owner } = first;
    await expectNoWrite(subject(), () => idempotency.complete(id, owner, makeKeptAnswer()));
    await expectNoWrite(subject(), () => idempotency.release(id, owner), undefined);
  });

  it("starts anew after a release, and once it has expired, also for another request", async () => {
    const { idempotency } = subject().store;
    const id = freshId("event");
    const first = makeClaimant();
    await idempotency.claim(id, first);
    await idempotency.release(id, first.owner);
    const second = makeClaimant({ fingerprint: "second" });
    expect(await idempotency.claim(id, second)).toMatchObject({ seed: second.seed });
    await idempotency.complete(id, second.owner, makeKeptAnswer());
    const third = makeClaimant({ fingerprint: "third", nowMs: second.expiresAtMs });
    expect(await idempotency.claim(id, third)).toMatchObject({
      kind: "claimed",
      seed: third.seed,
      firstAtMs: third.nowMs,
    });
    expect(await idempotency.complete(id, third.owner, makeKeptAnswer())).toBe(true);
  });
}
