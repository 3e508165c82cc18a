/** What a request brings to say who sends it. */
import { DomainError } from "@sightline/contracts/errors";
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

/**
 * A browser that has been asked for a login sends it along with whatever any page makes it send; only pages of ours may have that.
 * [OWASP Cross-Site Request Forgery Prevention, Verifying Origin]
 * @throws DomainError auth.forbidden
 */
export function refuseForeignPage(c: Context): void {
  const origin = c.req.header("origin");
  if (origin === undefined || c.req.method === "GET" || c.req.method === "HEAD") return;
  if (!/^basic /i.test(c.req.header("authorization") ?? "")) return;
  if (URL.canParse(origin) && new URL(origin).host === c.req.header("host")) return;
  throw new DomainError(
    "auth.forbidden",
    "a login that comes from another site's page is refused",
    {
      hint: "send Authorization: Bearer <token>",
    },
  );
}

/** Of the path `/t/:token/…`. */
export function pathCredentials(c: Context): Credentials | undefined {
  const token = c.req.param("token");
  return token ? { kind: "token", token } : undefined;
}
