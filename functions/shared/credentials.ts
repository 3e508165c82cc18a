/** What a request brings to say who sends it. */
import { isTokenText } from "@sightline/core/access/authenticate";
import type { Context } from "hono";

export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "login"; readonly login: string; readonly password: string };

/**
 * One scheme and one token68, nothing else. Two headers `Authorization` come here as one with a comma, which is none: no proxy in front
 * of us and we may take different ones of them for the credentials. [RFC 9110, 11.2, 11.4]
 */
const form = /^(basic|bearer) +([A-Za-z0-9._~+/-]+=*)$/i;

/** Of the header `Authorization`; undefined when it holds none. A token may stand in place of a login or of its password. */
export function headerCredentials(c: Context): Credentials | undefined {
  const [, scheme, text = ""] = form.exec(c.req.header("authorization") ?? "") ?? [];
  if (scheme === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return { kind: "token", token: text };
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
