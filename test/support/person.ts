/** Somebody who calls the API with their login. */
import type { User } from "@sightline/core/user/user";
import type { Answer, Call } from "./api.ts";
import type { Cloud } from "./fixtures.ts";

export const password = "correct horse";

export interface Person {
  readonly user: User;
  /** With their login. */
  readonly call: (route: string, call?: Omit<Call, "token">) => Promise<Answer>;
  /** A token of theirs. */
  readonly token: (scopes: readonly string[], some?: object) => Promise<string>;
}

export const basic = (login: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString("base64")}`,
});

export const loginOf = ({ organization, login }: User): string => `${organization}/${login}`;

export async function addPerson(cloud: Cloud, some: Partial<User> = {}): Promise<Person> {
  const user = await cloud.addUser({ password, ...some });
  const call = (route: string, { headers, ...rest }: Omit<Call, "token"> = {}): Promise<Answer> =>
    cloud.call(route, {
      ...rest,
      token: "",
      headers: { ...basic(loginOf(user), password), ...headers },
    });
  return {
    user,
    call,
    async token(scopes, more = {}) {
      const { status, body, text } = await call("/v1/tokens", {
        body: { name: "script", scopes, ...more },
      });
      if (status !== 201) throw new Error(text);
      return String(body.token);
    },
  };
}
