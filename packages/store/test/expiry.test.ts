import { afterAll, beforeAll, expect, it } from "vitest";
import { removeExpired } from "@sightline/store/expiry";
import { createStore } from "@sightline/store/store";
import { everything, openEngine, type Engine } from "./engine.ts";
import { makeEnrolment, makeToken, startMs } from "./fixtures.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

it("removes what has expired and nothing else", async () => {
  const { tokens, enrolments } = createStore({ ...engine, nowMs: () => startMs });
  const lasting = makeToken();
  await tokens.create(lasting);
  const later = makeToken({ expiresAtMs: startMs + 20_000 });
  await tokens.create(later);
  const before = await everything(engine);
  await tokens.create(makeToken({ expiresAtMs: startMs + 10_000 }));
  await enrolments.create(makeEnrolment({ expiresAtMs: startMs + 10_000 }));

  const remove = (nowMs: number) => removeExpired(engine.client, engine.tables.state, nowMs);
  expect(await remove(startMs + 9_999)).toBe(0);
  expect(await remove(startMs + 10_000)).toBe(3);
  expect(await everything(engine)).toEqual(before);
});
