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

    const issuing = { ...enrolment, state: "issuing", csrHash: "a" };
    expect(await enrolments.claim(id, "a")).toEqual(issuing);
    await expectNoWrite(subject(), () => enrolments.claim(id, "a"), issuing);
    await expectNoWrite(subject(), () => enrolments.claim(id, "b"), undefined);

    const used = { ...issuing, state: "used", answer: makeAnswer() };
    await enrolments.complete(id, makeAnswer());
    expect(await enrolments.get(id)).toEqual(used);
    await expectNoWrite(subject(), () => enrolments.claim(id, "a"), used);
    await expectNoWrite(subject(), () => enrolments.claim(id, "b"), undefined);
    // The same request was carried out twice at once: the first answer stands.
    await expectNoWrite(subject(), () => enrolments.complete(id, makeAnswer("X")), undefined);
  });

  it("refuses to complete what nobody has claimed", async () => {
    const { enrolments } = subject().store;
    const enrolment = makeEnrolment();
    await enrolments.create(enrolment);
    for (const id of [enrolment.id, "enr_unknown"])
      await expectRefusal(subject(), "enrolment.invalid", () =>
        enrolments.complete(id, makeAnswer()),
      );
    await expectNoWrite(subject(), () => enrolments.claim("enr_unknown", "a"), undefined);
  });

  it("gives a token to one of 50 CSRs", async () => {
    const { enrolments } = subject().store;
    const { id, ...rest } = makeEnrolment();
    await enrolments.create({ id, ...rest });
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, csr) => enrolments.claim(id, `csr-${csr}`)),
    );
    const winners = claims.flatMap((claim) => claim?.csrHash ?? []);
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
    await expectNoWrite(subject(), () => store.enrolments.claim(enrolment.id, "a"), undefined);
    clock.nowMs = nowMs;
    expect(await store.enrolments.get(enrolment.id)).toEqual(enrolment);
  });
}
