import { expect, it } from "vitest";
import { makeToken, makeUser, startMs } from "../fixtures.ts";
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
    await store.access.deleteToken(lasting.hash);
    expect(await store.access.findToken(lasting.hash)).toBeUndefined();
    await expectNoWrite(subject(), () => store.access.deleteToken(lasting.hash), undefined);
  });
}
