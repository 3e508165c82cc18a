import type { PageRequest } from "@sightline/core/ports/page";
import { expect, it } from "vitest";
import { freshId, makeToken, startMs } from "../fixtures.ts";
import { allPages, expectNoWrite, outcomes, settled, type SubjectOf } from "./subject.ts";

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

  it("gets a token by its id, in its organization only", async () => {
    const { tokens } = subject().store;
    const token = makeToken();
    await tokens.create(token);
    expect(await tokens.get(token.organization, token.id)).toEqual(token);
    expect(await tokens.get(freshId("organization"), token.id)).toBeUndefined();
  });

  it("lists the tokens of one user, oldest first, in pages", async () => {
    const { tokens } = subject().store;
    const organization = freshId("organization");
    const made = [1, 12, 1, 2, 1].map((user) => makeToken({ organization, user }));
    for (const token of made) await tokens.create(token);
    const own = [made[0], made[2], made[4]];
    await settled(async () => {
      const list = (page: PageRequest) => tokens.list(organization, { ...page, user: 1 });
      expect(await allPages(list, 2)).toEqual(own);
      expect(await allPages(list, 3)).toEqual(own);
    });
    expect(await tokens.list(organization, { rows: 10, user: 3 })).toEqual({ items: [] });
  });

  it("rotates a token: the new hash finds it at once, the old one nothing", async () => {
    const { tokens } = subject().store;
    const token = makeToken({ expiresAtMs: startMs + 5_000_000 });
    await tokens.create(token);
    const hashes = Array.from({ length: 10 }, () => makeToken().hash);
    const racers = hashes.map((hash) => tokens.rotate(token, hash));
    expect(await outcomes(racers)).toEqual({ true: 1, false: 9 });
    expect(await tokens.find(token.hash)).toBeUndefined();
    const found = (await Promise.all(hashes.map((hash) => tokens.find(hash)))).filter(Boolean);
    expect(found).toEqual([await tokens.get(token.organization, token.id)]);
    expect(found).toEqual([{ ...token, hash: found[0]?.hash }]);
    await tokens.delete(token.organization, token.id);
    await expectNoWrite(subject(), () => tokens.rotate(found[0]!, makeToken().hash));
  });

  it("deletes a token also while it is rotated", async () => {
    const { tokens } = subject().store;
    for (let round = 0; round < 10; round += 1) {
      const token = makeToken();
      await tokens.create(token);
      const { hash } = makeToken();
      await Promise.all([tokens.rotate(token, hash), tokens.delete(token.organization, token.id)]);
      expect([await tokens.find(token.hash), await tokens.find(hash)]).toEqual([
        undefined,
        undefined,
      ]);
    }
  });
}
