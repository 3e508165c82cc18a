/** What a request brings to say who sends it. */
import { isTokenText } from "@sightline/core/access/authenticate";
import type { Context } from "hono";

export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "login"; readonly login: string; readonly password: string };

/** Of the header `Authorization`; undefined when it holds none. A token may stand in place of a login or of its password. */
export function headerCredentials(c: Context): Credentials | undefined {
  const [scheme = "", text = ""] = (c.req.header("authorization") ?? "").split(" ");
  if (/^bearer$/i.test(scheme) && text) return { kind: "token", token: text };
  if (!/^basic$/i.test(scheme)) return undefined;
  const [login = "", ...rest] = Buffer.from(text, "base64").toString("utf8").split(":");
  const password = rest.join(":");
  const token = [login, password].find(isTokenText);
  if (token !== undefined) return { kind: "token", token };
  return login && rest.length > 0 ? { kind: "login", login, password } : undefined;
}

/** Of the path `/t/:token/…`. */
export function pathCredentials(c: Context): Credentials | undefined {
  const token = c.req.param("token");
  return token ? { kind: "token", token } : undefined;
}
