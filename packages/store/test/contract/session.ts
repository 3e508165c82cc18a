import { expect, it } from "vitest";
import { freshId, makeSession, startMs } from "../fixtures.ts";
import { allPages, expectNoWrite, outcomes, type SubjectOf } from "./subject.ts";

export function sessionContract(subject: SubjectOf): void {
  it("finds a session of its user until it is ended or has expired", async () => {
    const { clock, store } = subject();
    const { sessions } = store;
    const session = makeSession({ expiresAtMs: startMs + 5_000 });
    const { organization, user, id } = session;
    await sessions.create(session);
    expect(await sessions.get(organization, user, id)).toEqual(session);
    for (const [other, number] of [
      [freshId("organization"), user],
      [organization, user + 1],
    ] as const) {
      expect(await sessions.get(other, number, id)).toBeUndefined();
      await expectNoWrite(subject(), () => sessions.end(other, number, id));
    }
    const { nowMs } = clock;
    clock.nowMs = startMs + 5_000;
    expect(await sessions.get(organization, user, id)).toBeUndefined();
    expect(await sessions.list(organization, user, { rows: 10 })).toEqual({ items: [] });
    const next = { ...session, refreshHash: "next" };
    await expectNoWrite(subject(), () => sessions.rotate(next, session.refreshHash), "gone");
    clock.nowMs = nowMs;
    expect(await sessions.end(organization, user, id)).toBe(true);
    expect(await sessions.get(organization, user, id)).toBeUndefined();
    await expectNoWrite(subject(), () => sessions.end(organization, user, id));
    await expectNoWrite(subject(), () => sessions.rotate(next, session.refreshHash), "gone");
  });

  it("lists the sessions of a user and of nobody else, oldest first, in pages", async () => {
    const { sessions } = subject().store;
    const organization = freshId("organization");
    const own = [1, 2, 3].map(() => makeSession({ organization, user: 1 }));
    for (const session of own) await sessions.create(session);
    await sessions.create(makeSession({ organization, user: 11 }));
    expect(await allPages((page) => sessions.list(organization, 1, page), 2)).toEqual(own);
  });

  it("rotates the newest refresh token, for one of 50 who use it at once", async () => {
    const { sessions } = subject().store;
    const session = makeSession({ refreshHash: "first" });
    await sessions.create(session);
    const next = (refreshHash: string) => ({
      ...session,
      refreshHash,
      originator: "192.0.2.9",
      refreshedAtMs: startMs + 1_000,
      expiresAtMs: session.expiresAtMs + 1_000,
    });
    const racers = Array.from({ length: 50 }, (_, at) => sessions.rotate(next(`${at}`), "first"));
    expect(await outcomes(racers)).toEqual({ '"rotated"': 1, '"reused"': 49 });
    const { organization, user, id } = session;
    const stored = await sessions.get(organization, user, id);
    expect(stored).toEqual(next(stored?.refreshHash ?? ""));
    await expectNoWrite(subject(), () => sessions.rotate(next("late"), "first"), "reused");
    expect(await sessions.rotate(next("last"), stored?.refreshHash ?? "")).toBe("rotated");
  });
}
