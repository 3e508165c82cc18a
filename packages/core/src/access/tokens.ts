/** API tokens: random, shown once, kept as a hash. */
import { DomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import type { Device } from "../device/device.ts";
import { findDevice } from "../device/find.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { hashToken, newTokenText } from "./authenticate.ts";
import type { AccessToken, Principal, Scope } from "./principal.ts";

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Id or name: the token is then good for this device in DeepStream's dialect, and for nothing else. */
  readonly device?: string | undefined;
  readonly expiresAtMs?: number | undefined;
}

/**
 * A token that may do no more than who asks for it.
 * @returns the token and its text, which nobody can get again
 * @throws DomainError auth.forbidden | device.not-found | input.invalid
 */
export async function issueToken(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  { principal, actor }: { readonly principal: Principal; readonly actor: Actor },
  input: NewToken,
): Promise<{ readonly token: AccessToken; readonly text: string }> {
  const { name, scopes, expiresAtMs } = input;
  const { organization } = principal;
  const lacking = scopes.filter(
    (scope) => !principal.scopes.includes("*") && !principal.scopes.includes(scope),
  );
  if (lacking.length > 0)
    throw new DomainError("auth.forbidden", "a token may do no more than who makes it", {
      details: { lacking },
    });
  const createdAtMs = deps.clock.nowMs();
  if (expiresAtMs !== undefined && expiresAtMs <= createdAtMs)
    throw new DomainError("input.invalid", "expiresAtMs: is in the past");
  const device =
    input.device === undefined ? undefined : await findDevice(deps, actor, input.device);
  const id = deps.ids.next("token");
  const text = newTokenText(deps.ids);
  const token: AccessToken = {
    id,
    hash: hashToken(text),
    organization,
    user: principal.user,
    name,
    scopes,
    audience: device ? "deepstream" : "api",
    createdAtMs,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(device && { bound: { site: device.site, device: device.id } }),
  };
  if (!(await deps.store.tokens.create(token))) {
    // An earlier try of this very request, which died before it could show the text, has the same id.
    await deps.store.tokens.delete(organization, id);
    await deps.store.tokens.create(token);
  }
  return { token, text };
}

/** From now on nobody is let in by it. @throws DomainError token.not-found */
export async function revokeToken(
  deps: Pick<Deps, "store">,
  organization: string,
  id: string,
): Promise<void> {
  const known = isId("token", id) && (await deps.store.tokens.delete(organization, id));
  if (!known) throw new DomainError("token.not-found", `there is no token ${id}`);
}

const rowsPerPage = 100;

/** Those that are good for this device alone. One that is missed lets nobody in either: it finds no device. */
export async function revokeTokensOf(
  { store }: Pick<Deps, "store">,
  { organization, id }: Pick<Device, "organization" | "id">,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = { rows: rowsPerPage, ...(after !== undefined && { after }) };
    const { items, next } = await store.tokens.list(organization, page);
    for (const token of items)
      if (token.bound?.device === id) await store.tokens.delete(organization, token.id);
    after = next;
  } while (after !== undefined);
}
