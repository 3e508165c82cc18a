import { applyMergePatch } from "@sightline/core/merge-patch";
import { editOrganization, findOrganization } from "@sightline/core/organization/edit";
import type { Organization } from "@sightline/core/organization/organization";
import { OrganizationAnswer } from "./answers.ts";
import {
  etag,
  ifMatchRevision,
  parseInput,
  readJson,
  type Call,
  type Route,
} from "../shared/call.ts";
import { organizationView } from "./mapping.ts";
import { OrganizationDocument } from "./schema.ts";

const answer = ({ c }: Call, organization: Organization): Response =>
  c.json(organizationView(organization), 200, { etag: etag(organization.revision) });

async function get(call: Call): Promise<Response> {
  return answer(call, await findOrganization(call.deps, call.actor));
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  const organization = await editOrganization(call.deps, call.actor, {
    edit: (document) => parseInput(OrganizationDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return answer(call, organization);
}

const path = "/v1/organization";

export const organizationRoutes: readonly Route[] = [
  {
    method: "GET",
    path,
    access: "organization:read",
    about: {
      summary: "The caller's organization.",
      answers: { 200: OrganizationAnswer },
      errors: ["organization.not-found"],
    },
    handle: get,
  },
  {
    method: "PATCH",
    path,
    access: "organization:write",
    about: {
      summary: "Changes its name, or how long a login is blocked after wrong passwords.",
      patch: OrganizationDocument,
      ifMatch: true,
      answers: { 200: OrganizationAnswer },
      errors: ["organization.not-found", "organization.changed", "organization.conflict"],
    },
    handle: patch,
  },
];
