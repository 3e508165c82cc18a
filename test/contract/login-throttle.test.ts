/** Guessing passwords: from one address, from many, in a burst, through other processes; and who must not be locked out by it. */
import { limits } from "@sightline/contracts/limits";
import { createAuthenticator } from "@sightline/core/access/authenticate";
import type { User } from "@sightline/core/user/user";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { basicOf, clientAt } from "../support/client-at.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { quickHash, slowHash } from "../support/password.ts";
import { expectProblem } from "../support/problem.ts";

const password = "correct horse";
let cloud: Cloud;
/** Names of the database's commands, as they are sent. */
const asked: string[] = [];

beforeAll(async () => {
  cloud = await startCloud();
  shared = another();
  cloud.dynamo.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        asked.push(commandName);
        return next(args);
      },
    { step: "initialize", name: "asked" },
  );
});
afterAll(() => cloud.close());

let addresses = 0;
/** Of a documentation range that is large enough. */
const freshAddress = (): string => {
  addresses += 1;
  return `2001:db8:${addresses.toString(16)}:1::${addresses.toString(16)}`;
};

const newUser = async (some: Partial<User> = {}): Promise<{ user: User; login: string }> => {
  const user = await cloud.addUser({ accessLevel: "admin", password, ...some });
  return { user, login: `${user.organization}/${user.login}` };
};

type Try = (login: string, given?: string) => Promise<Answer>;

/** A process of its own: it remembers nothing. */
const another = (nobody = quickHash("")): Cloud["deps"] => ({
  ...cloud.deps,
  authenticator: createAuthenticator({ ...cloud.deps, nobody }),
});
let shared: Cloud["deps"];

/** Logs in from there. Without `deps`, by the process that all of them share. */
function triesAt(address: string, deps = shared): Try {
  const call = clientAt(cloud, address, deps);
  return (login, given = password) => call("/v1/sessions", { body: { login, password: given } });
}
async function wrong(attempt: Try, login: string, times: number): Promise<void> {
  for (let at = 0; at < times; at += 1)
    expectProblem(await attempt(login, `guess ${at}`), "auth.required");
}
const retryAfterS = ({ headers }: Answer): number => Number(headers.get("retry-after"));

describe("ten wrong passwords from one address", () => {
  test("block the login there, with the right one, too, until the time is over", async () => {
    const [{ login }, attempt] = [await newUser(), triesAt(freshAddress())];
    await wrong(attempt, login, 10);
    cloud.letPass(20_000);
    const refused = await attempt(login);
    expectProblem(refused, "auth.throttled");
    expect(retryAfterS(refused)).toBeGreaterThan(30);
    expect(retryAfterS(refused)).toBeLessThanOrEqual(40);
    cloud.letPass(retryAfterS(refused) * 1000);
    expect((await attempt(login)).status).toBe(201);
    await wrong(attempt, login, 9);
    expect((await attempt(login)).status).toBe(201);
  });

  test("block for as long as the organization says", async () => {
    const [{ login, user }, attempt] = [await newUser(), triesAt(freshAddress())];
    const { organizations } = cloud.deps.store;
    const organization = await organizations.get(user.organization);
    if (!organization) throw new TypeError("no organization");
    const { revision, loginBlockMs } = organization;
    const set = (next: { loginBlockMs: number; revision: number }) =>
      organizations.change({ ...organization, ...next });
    await set({ loginBlockMs: 1_800_000, revision: revision + 1 });
    // A login that nobody has is blocked for as long: the time tells nothing.
    for (const one of [login, `${user.organization}/nobody`]) {
      await wrong(attempt, one, 10);
      expect(Math.round(retryAfterS(await attempt(one)) / 100)).toBe(18);
    }
    cloud.letPass(1_700_000);
    expectProblem(await attempt(login), "auth.throttled");
    cloud.letPass(100_000);
    expect((await attempt(login)).status).toBe(201);
    await set({ loginBlockMs, revision: revision + 2 });
  });

  test("block neither another login there nor the same elsewhere", async () => {
    const [one, other] = [await newUser(), await newUser()];
    const attempt = triesAt(freshAddress());
    await wrong(attempt, one.login, 10);
    expect((await attempt(other.login)).status).toBe(201);
    expect((await triesAt(freshAddress())(one.login)).status).toBe(201);
    expectProblem(await attempt(one.login), "auth.throttled");
  });

  test("block in every process, and after a restart", async () => {
    const [{ login }, address] = [await newUser(), freshAddress()];
    await wrong(triesAt(address, another()), login, 6);
    await wrong(triesAt(address, another()), login, 4);
    expectProblem(await triesAt(address, another())(login), "auth.throttled");
  });

  test("block every machine of an IPv6 network, which may take any of its addresses", async () => {
    const { login } = await newUser();
    for (let at = 0; at < 10; at += 1) await wrong(triesAt(`2001:db8:ffff:1::${at}`), login, 1);
    expectProblem(await triesAt("2001:db8:ffff:1:a:b:c:d")(login), "auth.throttled");
    expect((await triesAt("2001:db8:ffff:2::1")(login)).status).toBe(201);
  });

  test("block other ways in as well, and what was remembered of a right one", async () => {
    const [{ login }, address] = [await newUser(), freshAddress()];
    const call = clientAt(cloud, address, shared);
    const authorization = basicOf(login, password);
    expect((await call("/v1/sites", { authorization })).status).toBe(200);
    await wrong(triesAt(address), login, 10);
    expectProblem(await call("/v1/sites", { authorization }), "auth.throttled");
    const deepstream = "/devices/none/deepstream/api/v1/health/get-dsready-state";
    expect((await call(deepstream, { authorization })).status).toBe(429);
    // A remembered login lets nobody in from elsewhere, where guesses are counted.
    const elsewhere = freshAddress();
    expect((await triesAt(freshAddress())(login)).status).toBe(201);
    await wrong(triesAt(elsewhere), login, 10);
    expectProblem(await triesAt(elsewhere)(login), "auth.throttled");
  });
});

test("nine wrong passwords and a right one start the count again", async () => {
  const [{ login }, attempt] = [await newUser(), triesAt(freshAddress())];
  for (let round = 0; round < 3; round += 1) {
    await wrong(attempt, login, 9);
    expect((await attempt(login)).status).toBe(201);
    cloud.letPass(limits.passwordCacheMs);
  }
});

test("a burst, over several processes, gets no more tries than one after the other", async () => {
  const [{ login }, address] = [await newUser(), freshAddress()];
  const tries = [another(), another(), another()].flatMap((deps, at) => {
    const attempt = triesAt(address, deps);
    return Array.from({ length: 20 }, (_, guess) => attempt(login, `guess ${at} ${guess}`));
  });
  const codes = (await Promise.all(tries)).map(({ body }) => String(body.code));
  const tried = codes.filter((code) => code === "auth.required");
  expect(tried.length).toBeGreaterThan(0);
  expect(tried.length).toBeLessThanOrEqual(10);
  expect(new Set(codes)).toEqual(new Set(["auth.required", "auth.throttled", "request.throttled"]));
  // What was refused for want of room was no try.
  const before = codes.length - tried.length;
  expect(before).toBeGreaterThanOrEqual(50);
  await wrong(triesAt(address), login, 10 - tried.length);
  expectProblem(await triesAt(address)(login), "auth.throttled");
});

describe("a flood of wrong passwords from many addresses", () => {
  test("gets no further than its bound, and locks nobody out of where they log in", async () => {
    const { login } = await newUser();
    const [home, office] = [freshAddress(), freshAddress()];
    expect((await triesAt(home)(login)).status).toBe(201);
    expect((await triesAt(office)(login)).status).toBe(201);
    for (let at = 0; at < 20; at += 1) await wrong(triesAt(freshAddress()), login, 5);
    // Neither the right password of a stranger nor a wrong one is looked at any more.
    for (const given of [password, "guess"]) {
      const refused = await triesAt(freshAddress())(login, given);
      expectProblem(refused, "auth.throttled");
      expect(retryAfterS(refused)).toBeGreaterThan(3_000);
    }
    // By another process, too: nothing is remembered there.
    expect((await triesAt(home, another())(login)).status).toBe(201);
    cloud.letPass(limits.strangerSpanMs / 2);
    expect((await triesAt(office, another())(login)).status).toBe(201);
    // Known as it is, an address has no more guesses than any other.
    await wrong(triesAt(office, another()), login, 10);
    expectProblem(await triesAt(office, another())(login), "auth.throttled");
    cloud.letPass(limits.strangerSpanMs / 2);
    expect((await triesAt(freshAddress())(login)).status).toBe(201);
  });

  test("is not begun anew by an admin who logs in meanwhile", async () => {
    const [{ login }, home] = [await newUser(), freshAddress()];
    expect((await triesAt(home)(login)).status).toBe(201);
    for (let at = 0; at < 20; at += 1) {
      await wrong(triesAt(freshAddress()), login, 5);
      expect((await triesAt(home, another())(login)).status).toBe(201);
    }
    expectProblem(await triesAt(freshAddress())(login), "auth.throttled");
  });

  test("stops where an address is known no longer", async () => {
    const [{ login }, home] = [await newUser(), freshAddress()];
    expect((await triesAt(home)(login)).status).toBe(201);
    cloud.letPass(limits.knownCallerMs - 86_400_000 / 2);
    // Logging in there keeps it known.
    expect((await triesAt(home)(login)).status).toBe(201);
    cloud.letPass(86_400_000);
    for (let at = 0; at < 20; at += 1) await wrong(triesAt(freshAddress()), login, 5);
    expect((await triesAt(home, another())(login)).status).toBe(201);
    cloud.letPass(limits.knownCallerMs);
    for (let at = 0; at < 20; at += 1) await wrong(triesAt(freshAddress()), login, 5);
    expectProblem(await triesAt(home, another())(login), "auth.throttled");
  });
});

test("one address that tries many logins is stopped, and those who always log in there are not", async () => {
  const [known, stranger] = [await newUser(), await newUser()];
  const address = freshAddress();
  expect((await triesAt(address)(known.login)).status).toBe(201);
  for (let at = 0; at < 20; at += 1) {
    const { login } = await newUser();
    await wrong(triesAt(address), login, 5);
  }
  expectProblem(await triesAt(address)(stranger.login), "auth.throttled");
  expect((await triesAt(address, another())(known.login)).status).toBe(201);
  expect((await triesAt(freshAddress())(stranger.login)).status).toBe(201);
});

describe("a login that nobody has", () => {
  test("is asked for, counted and refused as one that somebody has", async () => {
    const { login } = await newUser();
    const disabled = await newUser({ disabled: true });
    // Time stands still, for answers say how long to wait.
    const nowMs = cloud.deps.clock.nowMs();
    const clock = { ...cloud.deps.clock, nowMs: () => nowMs };
    const authenticator = createAuthenticator({ ...cloud.deps, clock, nobody: quickHash("") });
    const seen = async (one: string, given: string): Promise<unknown[]> => {
      const attempt = triesAt(freshAddress(), { ...shared, authenticator });
      const answers: unknown[] = [];
      for (let at = 0; at < 12; at += 1) {
        asked.length = 0;
        const { status, headers, body } = await attempt(one, given);
        const { requestId: _, ...rest } = body as Record<string, unknown>;
        headers.delete("x-request-id");
        // Those at once may come in either order.
        answers.push({ status, headers: [...headers], body: rest, asked: asked.toSorted() });
      }
      return answers;
    };
    const wanted = await seen(login, "wrong");
    expect(wanted.slice(9)).toMatchObject([{ status: 401 }, { status: 429 }, { status: 429 }]);
    expect(await seen(`${cloud.organization}/nobody`, "wrong")).toEqual(wanted);
    expect(await seen(disabled.login, password)).toEqual(wanted);
  });

  test("costs no scrypt once it is blocked", async () => {
    const attempt = triesAt(freshAddress(), cloud.deps);
    const login = `${cloud.organization}/ghost`;
    const cpuMs = async (times: number): Promise<number> => {
      const before = process.cpuUsage();
      for (let at = 0; at < times; at += 1) await attempt(login, "wrong");
      return process.cpuUsage(before).user / 1000;
    };
    const triedMs = await cpuMs(10);
    expect(await cpuMs(10)).toBeLessThan(triedMs / 3);
    expectProblem(await attempt(login, "wrong"), "auth.throttled");
  });
});

test("strangers who fill the room for passwords keep out strangers, and nobody who is known", async () => {
  const [{ login }, home] = [await newUser(), freshAddress()];
  expect((await triesAt(home)(login)).status).toBe(201);
  const slow = another(slowHash(""));
  const flood = Array.from({ length: 30 }, (_, at) =>
    triesAt(freshAddress(), slow)(`${cloud.organization}/nobody-${at}`),
  );
  const early = await Promise.race(flood);
  expectProblem(early, "request.throttled");
  const own = triesAt(home, another())(login);
  const order = await Promise.race([own.then(() => "own"), Promise.all(flood).then(() => "flood")]);
  expect(order).toBe("own");
  expect((await own).status).toBe(201);
  const statuses = (await Promise.all(flood)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(18);
  expect(statuses.filter((status) => status === 429)).toHaveLength(12);
});
