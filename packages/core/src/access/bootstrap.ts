import type { Deps } from "../ports/deps.ts";
import { hashToken } from "./authenticate.ts";
import { hashPassword } from "./password.ts";
import type { Scope } from "./principal.ts";

export interface FirstAdmin {
  readonly login: string;
  readonly password: string;
  readonly token: string;
}

/** The organization and its first admin, with credentials made by the caller. Doing it again changes nothing. */
export async function createFirstOrganization(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  organization: { readonly id: string; readonly name: string },
  admin: FirstAdmin,
): Promise<void> {
  const createdAtMs = deps.clock.nowMs();
  const { store } = deps;
  await store.organizations.create({ ...organization, createdAtMs });
  const owner = { organization: organization.id, scopes: ["*"] as const, createdAtMs };
  if (!(await store.access.findUser(admin.login)))
    await store.access.createUser({
      ...owner,
      id: deps.ids.next("user"),
      login: admin.login,
      passwordHash: await hashPassword(admin.password),
      credentialVersion: 1,
    });
  const hash = hashToken(admin.token);
  if (!(await store.access.findToken(hash)))
    await store.access.createToken({
      ...owner,
      id: deps.ids.next("token"),
      hash,
      name: admin.login,
    });
}

/** A token's text; only its hash is stored. */
export const newTokenText = (ids: Pick<Deps["ids"], "secret">): string => `slt_${ids.secret()}`;

/** @returns the token's text, shown once */
export async function createToken(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  token: {
    readonly organization: string;
    readonly name: string;
    readonly scopes: readonly Scope[];
  },
): Promise<string> {
  const text = newTokenText(deps.ids);
  await deps.store.access.createToken({
    ...token,
    id: deps.ids.next("token"),
    hash: hashToken(text),
    createdAtMs: deps.clock.nowMs(),
  });
  return text;
}
