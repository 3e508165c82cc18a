/** The first organization of an installation, and its first admin. */
import { limits } from "@sightline/contracts/limits";
import type { Deps } from "../ports/deps.ts";
import type { User } from "../user/user.ts";
import { hashToken } from "./authenticate.ts";
import { hashPassword, verifyPassword } from "./password.ts";

export interface FirstAdmin {
  readonly login: string;
  readonly password: string;
  readonly token: string;
}

/**
 * The organization and its first admin, with credentials made by the caller. Only once: the organization is written last, and where
 * it is, nothing is made again. An admin who was removed, or a token that was revoked, stays so.
 */
export async function createFirstOrganization(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  { id: organization, name }: { readonly id: string; readonly name: string },
  admin: FirstAdmin,
): Promise<void> {
  const { store } = deps;
  if (await store.organizations.get(organization)) return;
  const createdAtMs = deps.clock.nowMs();
  // An earlier start can have died half-way.
  const user =
    (await store.users.findByLogin(admin.login))?.id ??
    (await createAdmin(deps, organization, admin));
  const hash = hashToken(admin.token);
  if (!(await store.tokens.find(hash)))
    await store.tokens.create({
      ...{ organization, id: deps.ids.next("token"), hash, user },
      ...{ name: admin.login, scopes: ["*"], audience: "api", createdAtMs },
    });
  const { loginBlockMs } = limits;
  await store.organizations.create({
    ...{ id: organization, name, loginPrefix: "", loginBlockMs },
    ...{ revision: 1, createdAtMs },
  });
}

async function createAdmin(
  { store, clock }: Pick<Deps, "store" | "clock">,
  organization: string,
  { login, password }: FirstAdmin,
): Promise<number> {
  const id = await store.organizations.count(organization, "user");
  const nowMs = clock.nowMs();
  const user: User = {
    ...{ organization, id, login, fullName: "", email: "", phone: "", locale: "", note: "" },
    ...{ accessLevel: "admin" as const, sites: {}, disabled: false, readonly: false },
    passwordHash: await hashPassword(password),
    ...{ maxSessions: 0, credentialVersion: 1, revision: 1 },
    ...{ createdAtMs: nowMs, updatedAtMs: nowMs },
  };
  await store.users.create(user, login);
  return id;
}

export type Counting = Pick<FirstAdmin, "login"> & Partial<FirstAdmin>;

/** Which of the first credentials still let somebody in; they may be shown, others must not. */
export function createFirstAdminCheck(
  { store, clock }: Pick<Deps, "store" | "clock">,
  { login, password, token }: FirstAdmin,
): () => Promise<Counting> {
  // Asked often, and a verification is work.
  let checked = { of: "", counts: false };
  const passwordCounts = async (): Promise<boolean> => {
    const user = await store.users.findByLogin(login);
    if (!user || user.disabled) return false;
    const of = `${user.organization} ${user.id} ${user.credentialVersion}`;
    if (checked.of !== of)
      checked = { of, counts: await verifyPassword(password, user.passwordHash) };
    return checked.counts;
  };
  const tokenCounts = async (): Promise<boolean> => {
    const stored = await store.tokens.find(hashToken(token));
    if (!stored || (stored.expiresAtMs ?? Number.POSITIVE_INFINITY) <= clock.nowMs()) return false;
    const user = await store.users.get(stored.organization, stored.user);
    return user !== undefined && !user.disabled;
  };
  return async () => ({
    login,
    ...((await passwordCounts()) && { password }),
    ...((await tokenCounts()) && { token }),
  });
}
