import { expect, it } from "vitest";
import { makeAnswer, makeEnrolment, startMs } from "../fixtures.ts";
import { expectNoWrite, expectRefusal, type SubjectOf } from "./subject.ts";

export function enrolmentContract(subject: SubjectOf): void {
  it("goes from unused over issuing to used, for one CSR", async () => {
    const { enrolments } = subject().store;
    const enrolment = makeEnrolment();
    const { id } = enrolment;
    await enrolments.create(enrolment);
    expect(await enrolments.get(id)).toEqual(enrolment);

    const byA = { csrHash: "a", untilMs: startMs + 500 };
    const byB = { csrHash: "b", untilMs: startMs + 500 };
    const issuing = { ...enrolment, state: "issuing", csrHash: "a", issuingUntilMs: startMs + 500 };
    expect(await enrolments.claim(id, byA)).toEqual({ kind: "claimed", enrolment: issuing });
    await expectNoWrite(subject(), () => enrolments.claim(id, byA), { kind: "busy" });
    await expectNoWrite(subject(), () => enrolments.claim(id, byB), undefined);

    const used = { ...issuing, state: "used", answer: makeAnswer() };
    await enrolments.complete(id, makeAnswer());
    expect(await enrolments.get(id)).toEqual(used);
    await expectNoWrite(subject(), () => enrolments.claim(id, byA), {
      kind: "used",
      enrolment: used,
    });
    await expectNoWrite(subject(), () => enrolments.claim(id, byB), undefined);
    await expectNoWrite(subject(), () => enrolments.complete(id, makeAnswer("X")), undefined);
  });

  it("lets the same CSR take over from one that died, and no other", async () => {
    const { clock, store } = subject();
    const { enrolments } = store;
    const enrolment = makeEnrolment();
    const { id } = enrolment;
    await enrolments.create(enrolment);
    const untilMs = clock.nowMs + 500;
    await enrolments.claim(id, { csrHash: "a", untilMs });
    const before = clock.nowMs;
    clock.nowMs = untilMs;
    const later = { untilMs: untilMs + 500 };
    await expectNoWrite(
      subject(),
      () => enrolments.claim(id, { csrHash: "b", ...later }),
      undefined,
    );
    expect(await enrolments.claim(id, { csrHash: "a", ...later })).toMatchObject({
      kind: "claimed",
      enrolment: { issuingUntilMs: later.untilMs },
    });
    clock.nowMs = before;
  });

  it("gives the token back to whoever comes next, when its CSR lets it go", async () => {
    const { enrolments } = subject().store;
    const enrolment = makeEnrolment();
    const { id } = enrolment;
    await enrolments.create(enrolment);
    const untilMs = startMs + 500;
    await enrolments.claim(id, { csrHash: "a", untilMs });
    await expectNoWrite(subject(), () => enrolments.release(id, "b"), undefined);
    await enrolments.release(id, "a");
    expect(await enrolments.get(id)).toEqual(enrolment);
    await expectNoWrite(subject(), () => enrolments.release(id, "a"), undefined);
    expect(await enrolments.claim(id, { csrHash: "b", untilMs })).toMatchObject({
      kind: "claimed",
    });
    await enrolments.complete(id, makeAnswer());
    await expectNoWrite(subject(), () => enrolments.release(id, "b"), undefined);
  });

  it("refuses to complete what nobody has claimed", async () => {
    const { enrolments } = subject().store;
    const enrolment = makeEnrolment();
    await enrolments.create(enrolment);
    for (const id of [enrolment.id, "enr_unknown"])
      await expectRefusal(subject(), "enrolment.invalid", () =>
        enrolments.complete(id, makeAnswer()),
      );
    await expectNoWrite(
      subject(),
      () => enrolments.claim("enr_unknown", { csrHash: "a", untilMs: startMs }),
      undefined,
    );
  });

  it("gives a token to one of 50 CSRs", async () => {
    const { enrolments } = subject().store;
    const { id, ...rest } = makeEnrolment();
    await enrolments.create({ id, ...rest });
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, csr) =>
        enrolments.claim(id, { csrHash: `csr-${csr}`, untilMs: startMs + 500 }),
      ),
    );
    const winners = claims.flatMap((claim) =>
      claim?.kind === "claimed" ? (claim.enrolment.csrHash ?? []) : [],
    );
    expect(winners).toHaveLength(1);
    expect((await enrolments.get(id))?.csrHash).toBe(winners[0]);
  });

  it("is absent once it has expired", async () => {
    const { clock, store } = subject();
    const enrolment = makeEnrolment({ expiresAtMs: startMs + 2_000 });
    await store.enrolments.create(enrolment);
    const { nowMs } = clock;
    clock.nowMs = startMs + 2_000;
    expect(await store.enrolments.get(enrolment.id)).toBeUndefined();
    await expectNoWrite(
      subject(),
      () => store.enrolments.claim(enrolment.id, { csrHash: "a", untilMs: startMs + 3_000 }),
      undefined,
    );
    clock.nowMs = nowMs;
    expect(await store.enrolments.get(enrolment.id)).toEqual(enrolment);
  });
}
