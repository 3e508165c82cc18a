import { canonicalJson } from "@sightline/contracts/canonical-json";
import { DomainError } from "@sightline/contracts/errors";
import { requireWhole } from "../access/reach.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Organization } from "./organization.ts";

/** What people see and change of an organization. */
export type OrganizationDocument = Pick<Organization, "name" | "loginBlockMs">;

/** The caller's. @throws DomainError auth.forbidden | organization.not-found */
export async function findOrganization(
  { store }: Pick<Deps, "store">,
  { organization: id, reach }: Pick<Actor, "organization" | "reach">,
): Promise<Organization> {
  requireWhole(reach);
  const organization = await store.organizations.get(id);
  if (!organization) throw new DomainError("organization.not-found", "there is no organization");
  return organization;
}

const tries = 5;

/** @throws DomainError auth.forbidden | organization.changed (If-Match) | organization.conflict | input.invalid */
export async function editOrganization(
  deps: Pick<Deps, "store">,
  actor: Actor,
  request: {
    readonly edit: (document: OrganizationDocument) => OrganizationDocument;
    readonly ifRevision?: number | undefined;
  },
): Promise<Organization> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await findOrganization(deps, actor);
    const { name, loginBlockMs, revision } = before;
    if (request.ifRevision !== undefined && request.ifRevision !== revision)
      throw new DomainError("organization.changed", `the organization has revision ${revision}`, {
        hint: "get the organization, apply the change again, and send its ETag",
      });
    const current = { name, loginBlockMs };
    const wanted = request.edit(current);
    if (canonicalJson(wanted) === canonicalJson(current)) return before;
    const next = { ...before, ...wanted, revision: revision + 1 };
    if (await deps.store.organizations.change(next)) return next;
  }
  throw new DomainError(
    "organization.conflict",
    "the organization kept changing under several writers",
  );
}
