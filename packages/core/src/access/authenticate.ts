/** Credentials → principal. Every way in ends here, whatever dialect a client speaks. */
import { createHash } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import type { Ids } from "../ports/ids.ts";
import type { Store } from "../ports/store.ts";
import type { User } from "../user/user.ts";
import { isJwtText } from "./jwt.ts";
import { createLogin, invalidCredentials, type LoginDeps, type VerifyLogin } from "./login.ts";
import type { Audience, Principal } from "./principal.ts";
import type { SessionTokens } from "../session/session-tokens.ts";

export const hashToken = (token: string): string =>
  createHash("sha256").update(token).digest("hex");

/** What tells a token from a login. */
const tokenPrefix = "slt_";
export const isTokenText = (text: string): boolean => text.startsWith(tokenPrefix);

/** A token's text; only its hash is stored. */
export const newTokenText = (ids: Pick<Ids, "secret">): string => `${tokenPrefix}${ids.secret()}`;

/** A token counts with its own audience only; a login counts everywhere. @throws DomainError auth.forbidden */
export function requireAudience(principal: Principal, audience: Audience): void {
  if (principal.audience && principal.audience !== audience)
    throw new DomainError(
      "auth.forbidden",
      `these credentials are for ${principal.audience} only`,
      {
        hint: `make a token with the audience ${audience}`,
      },
    );
}

export interface Authenticator {
  /** An API token, or the access token of a session. @throws DomainError auth.required */
  bearer(token: string): Promise<Principal>;
  /** @throws DomainError auth.required | auth.throttled | request.throttled */
  basic(login: string, password: string, address: string): Promise<Principal>;
  readonly verifyLogin: VerifyLogin;
}

interface AuthenticatorDeps extends LoginDeps {
  readonly store: LoginDeps["store"] & {
    readonly tokens: Pick<Store["tokens"], "find">;
    readonly sessions: Pick<Store["sessions"], "get">;
  };
  readonly sessionTokens: SessionTokens;
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const { store, clock, sessionTokens } = deps;
  const verifyLogin = createLogin(deps);

  async function ofToken(text: string): Promise<Principal> {
    const token = await store.tokens.find(hashToken(text));
    if (!token || (token.expiresAtMs ?? Number.POSITIVE_INFINITY) <= clock.nowMs())
      throw invalidCredentials();
    const user = await store.users.get(token.organization, token.user);
    if (!user || user.disabled) throw invalidCredentials();
    const { id, name, scopes, audience, bound } = token;
    const own = { kind: "token", id, name, scopes, audience } as const;
    return { ...principalOfUser(user), ...own, ...(bound && { bound }) };
  }

  /** The rows of session and user are read with every request: what has ended, or whose password was changed, counts no more. */
  async function ofSession(text: string): Promise<Principal> {
    const nowMs = clock.nowMs();
    const claims = sessionTokens.readAccess(text, nowMs);
    if (!claims) throw invalidCredentials();
    const { org, sub, fam, cv, aud } = claims;
    const [session, user] = await Promise.all([
      store.sessions.get(org, sub, fam),
      store.users.get(org, sub),
    ]);
    if (!session || session.expiresAtMs <= nowMs || session.credentialVersion !== cv)
      throw invalidCredentials();
    if (!user || user.disabled || user.credentialVersion !== cv) throw invalidCredentials();
    return { ...principalOfUser(user), audience: aud, session: fam };
  }

  return {
    verifyLogin,

    async bearer(text) {
      if (isTokenText(text)) return ofToken(text);
      if (isJwtText(text)) return ofSession(text);
      // A refresh token, too, is good for nothing but its own route.
      throw invalidCredentials();
    },

    basic: async (login, password, address) =>
      principalOfUser(await verifyLogin({ login, password, address })),
  };
}

/** All that the user may, wherever it counts. */
export const principalOfUser = ({
  organization,
  id,
  login,
  accessLevel,
  sites,
}: User): Principal => ({
  kind: "user",
  id: `${organization}#${id}`,
  organization,
  name: login,
  user: id,
  accessLevel,
  sites,
  scopes: ["*"],
});
