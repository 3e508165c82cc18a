/** The access patterns of logins and tokens, each prepared and then run once. */
import type { AccessStore } from "@sightline/core/ports/store";
import { freshId, makeToken, makeUser } from "./fixtures.ts";

export type Patterns = Readonly<Record<string, () => Promise<() => Promise<unknown>>>>;

export function accessPatterns(access: AccessStore): Patterns {
  const storedToken = async () => {
    const token = makeToken();
    await access.createToken(token);
    return token;
  };
  return {
    "access.createUser": async () => () => access.createUser(makeUser()),
    "access.findUser": async () => {
      const user = makeUser();
      await access.createUser(user);
      return () => access.findUser(user.login);
    },
    "access.createToken": async () => () => access.createToken(makeToken()),
    "access.findToken": async () => {
      const { hash } = await storedToken();
      return () => access.findToken(hash);
    },
    "access.deleteToken": async () => {
      const { organization, id } = await storedToken();
      return () => access.deleteToken(organization, id);
    },
    "access.listTokens, 100": async () => {
      const organization = freshId("organization");
      for (let at = 0; at < 100; at += 1) await access.createToken(makeToken({ organization }));
      return () => access.listTokens(organization, { rows: 100 });
    },
  };
}
