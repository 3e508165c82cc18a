import type { User } from "@sightline/core/user/user";
import { describe, expect, it } from "vitest";
import { freshId, makeUser } from "../fixtures.ts";
import { expectNoWrite, expectRefusal, outcomes, type SubjectOf } from "./subject.ts";

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
    await expectNoWrite(subject(), () => users.change(user, next));
    await users.create(user, user.login);
    const twice = await outcomes([
      users.change(user, next),
      users.change(user, { ...next, note: "x" }),
    ]);
    expect(twice).toEqual({ true: 1, false: 1 });
    const stored = await users.get(user.organization, user.id);
    expect(stored).toMatchObject({ disabled: true, sites: {}, login: user.login });
    await expectNoWrite(subject(), () => users.delete(user, user.login));
    expect(await users.delete(stored!, user.login)).toBe(true);
    expect(await users.get(user.organization, user.id)).toBeUndefined();
    expect(await users.findByLogin(user.login)).toBeUndefined();
  });

  describe("the last enabled admin", () => {
    const organizationOf = async (count: number): Promise<readonly User[]> => {
      const { users } = subject().store;
      const { organization } = makeUser();
      const admins = Array.from({ length: count }, (_, at) =>
        makeUser({ organization, id: at + 1, accessLevel: "admin" }),
      );
      for (const admin of admins) await users.create(admin, admin.login);
      return admins;
    };
    const waysOut: Record<string, Partial<User>> = {
      disabled: { disabled: true },
      demoted: { accessLevel: "generic" },
    };

    it.each(Object.keys(waysOut))("cannot be %s", async (way) => {
      const { users } = subject().store;
      const [admin] = await organizationOf(1);
      const next = { ...admin!, ...waysOut[way], revision: 2 };
      await expectRefusal(subject(), "user.last-admin", () => users.change(admin!, next));
    });

    it("cannot be deleted, and is not when the revision is another one", async () => {
      const { users } = subject().store;
      const [admin] = await organizationOf(1);
      await expectRefusal(subject(), "user.last-admin", () => users.delete(admin!, admin!.login));
      await expectNoWrite(subject(), () => users.delete({ ...admin!, revision: 7 }, admin!.login));
    });

    it("stays of 10 who are taken away at once, each in another way", async () => {
      const { users } = subject().store;
      const admins = await organizationOf(10);
      const ways = Object.values(waysOut);
      const racers = admins.map((admin, at) => {
        const way = ways[at % 3];
        if (!way) return users.delete(admin, admin.login);
        return users.change(admin, { ...admin, ...way, revision: 2 });
      });
      expect(await outcomes(racers)).toEqual({ true: 9, "user.last-admin": 1 });
    });

    it("is who became one, or was enabled again", async () => {
      const { users } = subject().store;
      const [first, second] = await organizationOf(2);
      const disabled = { ...second!, disabled: true, revision: 2 };
      expect(await users.change(second!, disabled)).toBe(true);
      const leave = () => users.delete(first!, first!.login);
      await expectRefusal(subject(), "user.last-admin", leave);
      expect(await users.change(disabled, { ...disabled, disabled: false, revision: 3 })).toBe(
        true,
      );
      expect(await leave()).toBe(true);
    });
  });
}
