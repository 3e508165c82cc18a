import type { Deps } from "../ports/deps.ts";
import { hashToken } from "./authenticate.ts";
import { hashPassword } from "./password.ts";

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
