import { limits } from "@sightline/contracts/limits";
import type { Deps } from "../ports/deps.ts";
import { hashToken } from "./authenticate.ts";
import type { User } from "../user/user.ts";
import { hashPassword } from "./password.ts";

export interface FirstAdmin {
  readonly login: string;
  readonly password: string;
  readonly token: string;
}

/** The organization and its first admin, with credentials made by the caller. Doing it again changes nothing. */
export async function createFirstOrganization(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  { id: organization, name }: { readonly id: string; readonly name: string },
  admin: FirstAdmin,
): Promise<void> {
  const createdAtMs = deps.clock.nowMs();
  const { store } = deps;
  const { loginBlockMs } = limits;
  await store.organizations.create({
    ...{ id: organization, name, loginPrefix: "", loginBlockMs },
    ...{ revision: 1, createdAtMs },
  });
  const user =
    (await store.users.findByLogin(admin.login))?.id ??
    (await createAdmin(deps, organization, admin));
  const hash = hashToken(admin.token);
  if (!(await store.tokens.find(hash)))
    await store.tokens.create({
      ...{ organization, id: deps.ids.next("token"), hash, user },
      ...{ name: admin.login, scopes: ["*"], audience: "api", createdAtMs },
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
    ...{
      accessLevel: "admin" as const,
      sites: {},
      disabled: false,
      readonly: false,
      maxSessions: 0,
    },
    passwordHash: await hashPassword(password),
    ...{ credentialVersion: 1, revision: 1, createdAtMs: nowMs, updatedAtMs: nowMs },
  };
  await store.users.create(user, login);
  return id;
}
