import { expect, it } from "vitest";
import { freshId, makeUser } from "../fixtures.ts";
import { expectNoWrite, outcomes, type SubjectOf } from "./subject.ts";

export function userContract(subject: SubjectOf): void {
  it("gives a login to one user, also under 50 racers", async () => {
    const { users } = subject().store;
    const first = makeUser();
    const as = first.login;
    expect(await users.findByLogin(as)).toBeUndefined();
    const racers = Array.from({ length: 50 }, (_, at) =>
      users.create({ ...first, id: at + 1 }, as),
    );
    expect(await outcomes(racers)).toEqual({ true: 1, false: 49 });
    await expectNoWrite(subject(), () => users.create(makeUser(), as));
    const found = await users.findByLogin(as);
    expect(found).toEqual({ ...first, id: found?.id });
    const listed = await users.list(first.organization, { rows: 10 });
    expect(listed).toEqual({ items: [found] });
  });

  it("finds a user by number in their organization only", async () => {
    const { users } = subject().store;
    const user = makeUser();
    await users.create(user, `acme/${user.login}`);
    expect(await users.get(user.organization, user.id)).toEqual(user);
    expect(await users.findByLogin(`acme/${user.login}`)).toEqual(user);
    expect(await users.findByLogin(user.login)).toBeUndefined();
    expect(await users.get(freshId("organization"), user.id)).toBeUndefined();
    expect(await users.list(freshId("organization"), { rows: 10 })).toEqual({ items: [] });
  });

  it("changes and deletes a user that still has the revision before", async () => {
    const { users } = subject().store;
    const user = makeUser();
    const next = { ...user, disabled: true, sites: {}, revision: 2 };
    await expectNoWrite(subject(), () => users.change(next));
    await users.create(user, user.login);
    const twice = await outcomes([users.change(next), users.change({ ...next, note: "x" })]);
    expect(twice).toEqual({ true: 1, false: 1 });
    const stored = await users.get(user.organization, user.id);
    expect(stored).toMatchObject({ disabled: true, sites: {}, login: user.login });
    await expectNoWrite(subject(), () => users.delete(user, user.login));
    expect(await users.delete(stored!, user.login)).toBe(true);
    expect(await users.get(user.organization, user.id)).toBeUndefined();
    expect(await users.findByLogin(user.login)).toBeUndefined();
  });
}
