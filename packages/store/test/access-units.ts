/** The access patterns of people and tokens, each prepared and then run once. */
import type { Store } from "@sightline/core/ports/store";
import {
  freshId,
  makeOrganization,
  makeSession,
  makeToken,
  makeUser,
  startMs,
} from "./fixtures.ts";

export type Patterns = Readonly<Record<string, () => Promise<() => Promise<unknown>>>>;

export const accessPatterns = (store: Store): Patterns => ({
  ...userPatterns(store),
  ...sessionPatterns(store),
});

const tryBound = {
  ...{ max: 3, nowMs: startMs, untilMs: startMs + 60_000 },
  ...{ extend: false, horizonMs: startMs + 60_000 },
};

function sessionPatterns({ organizations, sessions, throttle }: Store): Patterns {
  const storedSession = async () => {
    const session = makeSession();
    await sessions.create(session);
    return session;
  };
  const counted = async () => {
    const key = freshId("event");
    await throttle.count(key, tryBound);
    return key;
  };
  return {
    "organizations.findByLoginPrefix": async () => {
      const organization = makeOrganization();
      await organizations.create(organization);
      return () => organizations.findByLoginPrefix(organization.loginPrefix);
    },
    "sessions.create": async () => () => sessions.create(makeSession()),
    "sessions.get": async () => {
      const { organization, user, id } = await storedSession();
      return () => sessions.get(organization, user, id);
    },
    "sessions.list, 10": async () => {
      const organization = freshId("organization");
      for (let at = 0; at < 10; at += 1) await sessions.create(makeSession({ organization }));
      return () => sessions.list(organization, 1, { rows: 100 });
    },
    "sessions.rotate": async () => {
      const session = await storedSession();
      return () => sessions.rotate({ ...session, refreshHash: "next" }, session.refreshHash);
    },
    "sessions.end": async () => {
      const { organization, user, id } = await storedSession();
      return () => sessions.end(organization, user, id);
    },
    "throttle.get, 3": async () => {
      const wanted = [await counted(), await counted(), await counted()];
      return () => throttle.get(wanted);
    },
    "throttle.count": async () => {
      const key = await counted();
      return () => throttle.count(key, tryBound);
    },
    "throttle.count, the first": async () => () => throttle.count(freshId("event"), tryBound),
    "throttle.uncount": async () => {
      const key = await counted();
      return () => throttle.uncount(key);
    },
    "throttle.mark": async () => () => throttle.mark(freshId("event"), startMs + 1_000),
    "throttle.clear": async () => {
      const key = await counted();
      return () => throttle.clear(key);
    },
  };
}

function userPatterns({ users, tokens }: Store): Patterns {
  const storedUser = async () => {
    const user = makeUser();
    await users.create(user, user.login);
    return user;
  };
  const storedToken = async () => {
    const token = makeToken();
    await tokens.create(token);
    return token;
  };
  return {
    "users.create": async () => {
      const user = makeUser();
      return () => users.create(user, user.login);
    },
    "users.get": async () => {
      const { organization, id } = await storedUser();
      return () => users.get(organization, id);
    },
    "users.findByLogin": async () => {
      const { login } = await storedUser();
      return () => users.findByLogin(login);
    },
    "users.list, 100": async () => {
      const organization = freshId("organization");
      for (let id = 1; id <= 100; id += 1) {
        const user = makeUser({ organization, id });
        await users.create(user, user.login);
      }
      return () => users.list(organization, { rows: 100 });
    },
    "users.change": async () => {
      const user = await storedUser();
      return () => users.change(user, { ...user, revision: 2 });
    },
    "users.change, an admin more": async () => {
      const user = await storedUser();
      return () => users.change(user, { ...user, accessLevel: "admin", revision: 2 });
    },
    "users.delete": async () => {
      const user = await storedUser();
      return () => users.delete(user, user.login);
    },
    "tokens.create": async () => () => tokens.create(makeToken()),
    "tokens.find": async () => {
      const { hash } = await storedToken();
      return () => tokens.find(hash);
    },
    "tokens.get": async () => {
      const { organization, id } = await storedToken();
      return () => tokens.get(organization, id);
    },
    "tokens.rotate": async () => {
      const token = await storedToken();
      return () => tokens.rotate(token, makeToken().hash);
    },
    "tokens.delete": async () => {
      const { organization, id } = await storedToken();
      return () => tokens.delete(organization, id);
    },
    "tokens.list, 100": async () => {
      const organization = freshId("organization");
      for (let at = 0; at < 100; at += 1) await tokens.create(makeToken({ organization }));
      return () => tokens.list(organization, { rows: 100 });
    },
    "tokens.list of a user, 100": async () => {
      const organization = freshId("organization");
      for (let at = 0; at < 100; at += 1) await tokens.create(makeToken({ organization, user: 3 }));
      return () => tokens.list(organization, { rows: 100, user: 3 });
    },
  };
}
