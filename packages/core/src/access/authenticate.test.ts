import { scryptSync } from "node:crypto";
import { limits } from "@sightline/contracts/limits";
import { beforeEach, describe, expect, test } from "vitest";
import {
  createAuthenticator,
  hashToken,
  requireAudience,
  type Authenticator,
} from "./authenticate.ts";
import { makeUser } from "../../test/fixtures.ts";
import type { Claims } from "./jwt.ts";
import { nobodysPassword } from "./password.ts";
import type { Session } from "../session/session.ts";
import { createSessionTokens } from "../session/session-tokens.ts";
import type { User } from "../user/user.ts";
import type { AccessToken, Principal } from "./principal.ts";

const startMs = 1_800_000_000_000;
let nowMs: number;
let users: Map<string, User>;
let tokens: Map<string, AccessToken>;
let session: Session | undefined;
let authenticator: Authenticator;
const sessionTokens = createSessionTokens(Buffer.alloc(32));

const sites = { "3": ["member"] } as const;

/** Cheap parameters, for what is tested is not scrypt. */
function cheapHash(password: string): string {
  const salt = Buffer.from("salt");
  const key = scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 });
  return ["scrypt", 16, 8, 1, salt.toString("base64url"), key.toString("base64url")].join("$");
}

function addUser(login: string, password: string, some: Partial<User> = {}): void {
  const passwordHash = cheapHash(password);
  users.set(login, makeUser({ id: 7, login, passwordHash, createdAtMs: startMs, ...some }));
}

beforeEach(() => {
  nowMs = startMs;
  users = new Map();
  tokens = new Map();
  session = undefined;
  const store = {
    users: {
      get: () => Promise.resolve(users.get("ann")),
      findByLogin: (login: string) => Promise.resolve(users.get(login)),
    },
    tokens: { find: (hash: string) => Promise.resolve(tokens.get(hash)) },
    sessions: { get: () => Promise.resolve(session) },
    organizations: { findByLoginPrefix: () => Promise.resolve(undefined) },
    // Nobody is blocked here: test/contract/login-throttle.test.ts asks the real counts.
    throttle: {
      get: () => Promise.resolve([]),
      count: () => Promise.resolve(true),
      uncount: () => Promise.resolve(),
      mark: () => Promise.resolve(),
      clear: () => Promise.resolve(),
    },
  };
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
  authenticator = createAuthenticator({ store, clock, sessionTokens });
  addUser("ann", "right", { sites });
});

const login = (name: string, password: string, address = "192.0.2.1") =>
  authenticator.basic(name, password, address);
const refused = { code: "auth.required" };

describe("a login", () => {
  test("says who it is and what it may", async () => {
    expect(await login("ann", "right")).toEqual({
      ...{ kind: "user", id: "org_1#7", organization: "org_1", name: "ann", user: 7 },
      ...{ accessLevel: "generic", sites, scopes: ["*"] },
    });
  });

  test("is the same one however it is spelled", async () => {
    expect(await login("ANN", "right")).toMatchObject({ name: "ann" });
    expect(await login("ａnn", "right")).toMatchObject({ name: "ann" });
  });

  test.each([
    ["ann", "wrong"],
    ["ann", ""],
    ["bob", "right"],
    ["", ""],
    ["ann", "x".repeat(129)],
    ["x".repeat(129), "right"],
    // The parts of the cache's key must not run into each other.
    ["ann\0right", ""],
  ])("as %j with %j is refused, also after ann's was verified", async (name, password) => {
    await login("ann", "right");
    await expect(login(name, password)).rejects.toMatchObject(refused);
  });

  test("costs no second scrypt while it is remembered", async () => {
    await login("ann", "right");
    // The hash is not looked at, else this would be refused.
    addUser("ann", "other");
    expect(await login("ann", "right")).toMatchObject({ name: "ann" });
    nowMs += limits.passwordCacheMs;
    await expect(login("ann", "right")).rejects.toMatchObject(refused);
  });

  test("ends at once when the password is changed", async () => {
    await login("ann", "right");
    addUser("ann", "new", { credentialVersion: 2 });
    await expect(login("ann", "right")).rejects.toMatchObject(refused);
    expect(await login("ann", "new")).toMatchObject({ name: "ann" });
  });

  test("ends at once when the user is disabled", async () => {
    await login("ann", "right");
    addUser("ann", "right", { disabled: true });
    await expect(login("ann", "right")).rejects.toMatchObject(refused);
  });

  test("ends at once when the user is removed", async () => {
    await login("ann", "right");
    users.delete("ann");
    await expect(login("ann", "right")).rejects.toMatchObject(refused);
  });

  test("shows what the user may now, not what they might when it was verified", async () => {
    await login("ann", "right");
    addUser("ann", "right", { accessLevel: "admin" });
    expect(await login("ann", "right")).toMatchObject({ accessLevel: "admin" });
  });

  test("of nobody works as hard as one of somebody", async () => {
    addUser("eve", "", { passwordHash: nobodysPassword() });
    const cpuMs = async (name: string): Promise<number> => {
      const before = process.cpuUsage();
      await expect(login(name, "wrong")).rejects.toMatchObject(refused);
      return process.cpuUsage(before).user / 1000;
    };
    const [known, unknown] = [await cpuMs("eve"), await cpuMs("nobody")];
    expect(unknown / known).toBeGreaterThan(0.3);
    expect(unknown / known).toBeLessThan(3);
  }, 20_000);
});

test("the right password many times at once is one login", async () => {
  const logins = await Promise.all(Array.from({ length: 30 }, () => login("ann", "right")));
  expect(logins.map(({ name }) => name)).toEqual(Array.from({ length: 30 }, () => "ann"));
});

describe("a token", () => {
  const text = "slt_secret";
  const token: AccessToken = {
    id: "tok_1",
    hash: hashToken(text),
    organization: "org_1",
    user: 7,
    name: "script",
    scopes: ["streams:read"],
    audience: "api",
    createdAtMs: startMs,
  };

  test("says who it is, and is kept as a hash", async () => {
    tokens.set(token.hash, token);
    expect(token.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await authenticator.bearer(text)).toEqual({
      ...{ kind: "token", id: "tok_1", organization: "org_1", name: "script", user: 7 },
      ...{ accessLevel: "generic", sites, scopes: ["streams:read"], audience: "api" },
    });
  });

  test("is refused when its user is disabled or gone", async () => {
    tokens.set(token.hash, token);
    addUser("ann", "right", { disabled: true });
    await expect(authenticator.bearer(text)).rejects.toMatchObject(refused);
    users.delete("ann");
    await expect(authenticator.bearer(text)).rejects.toMatchObject(refused);
  });

  test("is refused when it is unknown, expired, or its own hash", async () => {
    tokens.set(token.hash, { ...token, expiresAtMs: startMs + 1_000 });
    nowMs = startMs + 999;
    expect(await authenticator.bearer(text)).toMatchObject({ name: "script" });
    nowMs = startMs + 1_000;
    for (const given of [text, "slt_other", token.hash, ""])
      await expect(authenticator.bearer(given)).rejects.toMatchObject(refused);
  });
});

describe("the access token of a session", () => {
  const iat = startMs / 1000;
  const claims: Claims = {
    ...({ aud: "api", org: "org_1", sub: 7, fam: "ses_1", cv: 1 } as const),
    ...{ iat, exp: iat + 600 },
  };
  const begun: Session = {
    ...{ organization: "org_1", user: 7, id: "ses_1", refreshHash: "", credentialVersion: 1 },
    ...{ originator: "", startedAtMs: startMs, refreshedAtMs: startMs },
    expiresAtMs: startMs + 300_000,
  };
  const bearer = (some: Partial<Claims> = {}): Promise<unknown> =>
    authenticator.bearer(sessionTokens.signAccess({ ...claims, ...some }));

  test("says who it is and what they may now", async () => {
    session = begun;
    addUser("ann", "right", { sites, accessLevel: "admin" });
    expect(await bearer()).toEqual({
      ...{ kind: "user", id: "org_1#7", organization: "org_1", name: "ann", user: 7 },
      ...{ accessLevel: "admin", sites, scopes: ["*"], audience: "api", session: "ses_1" },
    });
  });

  test.each<[string, () => void, Partial<Claims>?]>([
    ["its session has ended", () => (session = undefined)],
    ["its session has expired", () => (nowMs = startMs + 300_000)],
    [
      "it has expired",
      () => (session = { ...begun, expiresAtMs: startMs + 900_000 }),
      { exp: iat },
    ],
    ["the password was changed", () => addUser("ann", "new", { credentialVersion: 2 })],
    ["its session is of another password", () => (session = { ...begun, credentialVersion: 2 })],
    ["it is of another password", () => undefined, { cv: 2 }],
    ["the user is disabled", () => addUser("ann", "right", { disabled: true })],
    ["the user is gone", () => users.delete("ann")],
  ])("is refused when %s", async (_, change, some) => {
    session = begun;
    change();
    await expect(bearer(some)).rejects.toMatchObject(refused);
  });

  test("is not taken from a key of somebody else, nor is a refresh token", async () => {
    session = begun;
    const other = createSessionTokens(Buffer.alloc(32, 1)).signAccess(claims);
    const refresh = { organization: "org_1", user: 7, session: "ses_1", secret: "x" };
    for (const text of [other, sessionTokens.signRefresh(refresh), "slr_x", "a.b.c"])
      await expect(authenticator.bearer(text)).rejects.toMatchObject(refused);
  });
});

test("credentials count with their own audience only", () => {
  const principal = { audience: "api" } as Principal;
  expect(() => requireAudience(principal, "api")).not.toThrow();
  expect(() => requireAudience(principal, "deepstream")).toThrow(
    expect.objectContaining({ code: "auth.forbidden" }),
  );
});
