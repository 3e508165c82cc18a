import { expect, it } from "vitest";
import { freshId, makeToken, startMs } from "../fixtures.ts";
import { expectNoWrite, type SubjectOf } from "./subject.ts";

export function tokenContract(subject: SubjectOf): void {
  it("finds a token by its hash until it is deleted or has ended", async () => {
    const { clock, store } = subject();
    const lasting = makeToken();
    const ending = makeToken({ expiresAtMs: startMs + 5_000 });
    await store.tokens.create(lasting);
    await store.tokens.create(ending);
    expect(await store.tokens.find(lasting.hash)).toEqual(lasting);
    expect(await store.tokens.find(ending.hash)).toEqual(ending);
    expect(await store.tokens.find("other")).toBeUndefined();
    const { nowMs } = clock;
    clock.nowMs = startMs + 5_000;
    expect(await store.tokens.find(ending.hash)).toBeUndefined();
    clock.nowMs = nowMs;
    const remove = () => store.tokens.delete(lasting.organization, lasting.id);
    expect(await remove()).toBe(true);
    expect(await store.tokens.find(lasting.hash)).toBeUndefined();
    await expectNoWrite(subject(), remove);
  });

  it("refuses a second token with the same id, and finds none of another organization", async () => {
    const { tokens } = subject().store;
    const token = makeToken({ bound: { site: 7, device: freshId("device") } });
    expect(await tokens.create(token)).toBe(true);
    const { organization, id } = token;
    await expectNoWrite(subject(), () => tokens.create(makeToken({ organization, id })));
    const other = freshId("organization");
    expect(await tokens.list(other, { rows: 10 })).toEqual({ items: [] });
    await expectNoWrite(subject(), () => tokens.delete(other, id));
    expect(await tokens.find(token.hash)).toEqual(token);
  });

  it("lists tokens, oldest first, in pages, without those that have ended", async () => {
    const { clock, store } = subject();
    const organization = freshId("organization");
    const tokens = [1, 2, 3, 4].map((at) =>
      makeToken({ organization, ...(at === 2 && { expiresAtMs: startMs + 5_000 }) }),
    );
    for (const token of tokens) await store.tokens.create(token);
    const first = await store.tokens.list(organization, { rows: 3 });
    expect(first).toEqual({ items: tokens.slice(0, 3), next: tokens[2]?.id });
    const second = await store.tokens.list(organization, { rows: 3, after: first.next! });
    expect(second).toEqual({ items: tokens.slice(3) });
    const { nowMs } = clock;
    clock.nowMs = startMs + 5_000;
    const { items } = await store.tokens.list(organization, { rows: 10 });
    expect(items).toEqual([tokens[0], tokens[2], tokens[3]]);
    clock.nowMs = nowMs;
  });
}
