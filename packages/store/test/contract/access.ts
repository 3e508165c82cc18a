import { expect, it } from "vitest";
import { freshId, makeToken, makeUser, startMs } from "../fixtures.ts";
import { expectNoWrite, outcomes, type SubjectOf } from "./subject.ts";

export function accessContract(subject: SubjectOf): void {
  it("creates a login once, also under 50 racers", async () => {
    const { access } = subject().store;
    const user = makeUser();
    expect(await access.findUser(user.login)).toBeUndefined();
    const racers = Array.from({ length: 50 }, () => access.createUser(user));
    expect(await outcomes(racers)).toEqual({ true: 1, false: 49 });
    await expectNoWrite(subject(), () => access.createUser(makeUser({ login: user.login })));
    expect(await access.findUser(user.login)).toEqual(user);
  });

  it("finds a token by its hash until it is deleted or has ended", async () => {
    const { clock, store } = subject();
    const lasting = makeToken();
    const ending = makeToken({ expiresAtMs: startMs + 5_000 });
    await store.access.createToken(lasting);
    await store.access.createToken(ending);
    expect(await store.access.findToken(lasting.hash)).toEqual(lasting);
    expect(await store.access.findToken(ending.hash)).toEqual(ending);
    expect(await store.access.findToken("other")).toBeUndefined();
    const { nowMs } = clock;
    clock.nowMs = startMs + 5_000;
    expect(await store.access.findToken(ending.hash)).toBeUndefined();
    clock.nowMs = nowMs;
    const remove = () => store.access.deleteToken(lasting.organization, lasting.id);
    expect(await remove()).toBe(true);
    expect(await store.access.findToken(lasting.hash)).toBeUndefined();
    await expectNoWrite(subject(), remove);
  });

  it("refuses a second token with the same id, and finds none of another organization", async () => {
    const { access } = subject().store;
    const token = makeToken({ bound: { audience: "deepstream", device: freshId("device") } });
    expect(await access.createToken(token)).toBe(true);
    const { organization, id } = token;
    await expectNoWrite(subject(), () => access.createToken(makeToken({ organization, id })));
    const other = freshId("organization");
    expect(await access.listTokens(other, { rows: 10 })).toEqual({ items: [] });
    await expectNoWrite(subject(), () => access.deleteToken(other, id));
    expect(await access.findToken(token.hash)).toEqual(token);
  });

  it("lists tokens, oldest first, in pages, without those that have ended", async () => {
    const { clock, store } = subject();
    const organization = freshId("organization");
    const tokens = [1, 2, 3, 4].map((at) =>
      makeToken({ organization, ...(at === 2 && { expiresAtMs: startMs + 5_000 }) }),
    );
    for (const token of tokens) await store.access.createToken(token);
    const first = await store.access.listTokens(organization, { rows: 3 });
    expect(first).toEqual({ items: tokens.slice(0, 3), next: tokens[2]?.id });
    const second = await store.access.listTokens(organization, { rows: 3, after: first.next! });
    expect(second).toEqual({ items: tokens.slice(3) });
    const { nowMs } = clock;
    clock.nowMs = startMs + 5_000;
    const { items } = await store.access.listTokens(organization, { rows: 10 });
    expect(items).toEqual([tokens[0], tokens[2], tokens[3]]);
    clock.nowMs = nowMs;
  });
}
