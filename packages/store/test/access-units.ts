/** The access patterns of people and tokens, each prepared and then run once. */
import type { Store } from "@sightline/core/ports/store";
import { freshId, makeToken, makeUser } from "./fixtures.ts";

export type Patterns = Readonly<Record<string, () => Promise<() => Promise<unknown>>>>;

export function accessPatterns({ users, tokens }: Store): Patterns {
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
