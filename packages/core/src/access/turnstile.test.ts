import { expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

/** Work that ends when it is told to. */
function pieces(turnstile: Turnstile) {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const start = (name: string, first = false): Promise<void> =>
    turnstile.pass(
      () =>
        new Promise<void>((resolve, reject) => {
          begun.push(name);
          ends.set(name, { resolve, reject });
        }),
      { first },
    );
  return { begun, ends, start };
}

/** Everything that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("two work at once, others wait their turn", async () => {
  const { begun, ends, start } = pieces(new Turnstile({ atOnce: 2, waitingMax: 16 }));
  const all = ["a", "b", "c", "d"].map((name) => start(name));
  await settled();
  expect(begun).toEqual(["a", "b"]);
  ends.get("b")?.resolve();
  await settled();
  expect(begun).toEqual(["a", "b", "c"]);
  for (const name of ["a", "c", "d"]) {
    ends.get(name)?.resolve();
    await settled();
  }
  await Promise.all(all);
  expect(begun).toEqual(["a", "b", "c", "d"]);
});

test("too many are refused with the time to wait, and known ones have a room and a turn of their own", async () => {
  const { begun, ends, start } = pieces(new Turnstile({ atOnce: 1, waitingMax: 2 }));
  const strangers = ["a", "b", "c"].map((name) => start(name));
  const known = ["K", "L"].map((name) => start(name, true));
  const refusal = { code: "request.throttled", details: { retryAfterS: 1 } };
  await expect(start("d")).rejects.toMatchObject(refusal);
  await expect(start("M", true)).rejects.toMatchObject(refusal);
  for (const name of ["a", "K", "L", "b", "c"]) {
    await settled();
    ends.get(name)?.resolve();
  }
  await Promise.all([...strangers, ...known]);
  expect(begun).toEqual(["a", "K", "L", "b", "c"]);
});

test("work that fails gives its place back", async () => {
  const { begun, ends, start } = pieces(new Turnstile({ atOnce: 1, waitingMax: 1 }));
  const [first, second] = [start("a"), start("b")];
  ends.get("a")?.reject(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await settled();
  ends.get("b")?.resolve();
  await second;
  const third = start("c");
  ends.get("c")?.resolve();
  await third;
  expect(begun).toEqual(["a", "b", "c"]);
});
