/** Policies, their versions, and what they are attached to. [AWS IoT API reference] */
import type { Hono } from "hono";
import { arnOf, certificateIdOfArn, type Realm } from "./arn.ts";
import { alreadyExists, AwsError, invalidRequest } from "./aws-error.ts";
import { limits } from "./limits.ts";
import { parsePolicy } from "./policy.ts";
import type { Certificate, NamedPolicy, PolicyVersion, Registry } from "./registry.ts";
import { bodyOf, queryFlag, stringOf } from "./rest-request.ts";

export interface RestPoliciesDeps {
  readonly registry: Registry;
  readonly realm: Realm;
  readonly nowMs: () => number;
}

export function routePolicies(app: Hono, deps: RestPoliciesDeps): void {
  const { registry, realm, nowMs } = deps;

  app.post("/policies/:policy", async (context) => {
    const policyName = context.req.param("policy");
    if (!/^[\w+=,.@-]{1,128}$/.test(policyName)) throw invalidRequest("not a policy name");
    const document = stringOf(await bodyOf(context), "policyDocument");
    parsePolicy(document);
    const version = { versionId: "1", document, createdAtMs: nowMs() };
    const row = { policyName, defaultVersionId: "1", nextVersion: 2, versions: [version] };
    await registry.change(() => {
      if (registry.policies.rows.has(policyName))
        throw alreadyExists(`Policy cannot be created - name already exists (${policyName})`);
      return { changes: [registry.policies.set(policyName, row)], answer: undefined };
    });
    return context.json({
      policyName,
      policyArn: arnOf(realm, "policy", policyName),
      policyDocument: document,
      policyVersionId: "1",
    });
  });

  app.get("/policies/:policy", (context) => {
    const policy = registry.policy(context.req.param("policy"));
    const version = versionOf(policy, policy.defaultVersionId);
    return context.json({
      policyName: policy.policyName,
      policyArn: arnOf(realm, "policy", policy.policyName),
      policyDocument: version.document,
      defaultVersionId: version.versionId,
      creationDate: (policy.versions[0]?.createdAtMs ?? 0) / 1000,
      lastModifiedDate: (policy.versions.at(-1)?.createdAtMs ?? 0) / 1000,
      generationId: String(policy.nextVersion),
    });
  });

  app.delete("/policies/:policy", async (context) => {
    const name = context.req.param("policy");
    await registry.change(() => {
      const policy = registry.policy(name);
      if (attachedTo(registry, name).length > 0)
        throw deleteConflict("Cannot delete the policy because it is attached to a principal.");
      if (policy.versions.length > 1)
        throw deleteConflict("Cannot delete the policy because it has more than one version.");
      return { changes: [registry.policies.delete(name)], answer: undefined };
    });
    return context.json({});
  });

  routeVersions(app, deps);
  routeAttachments(app, deps);
}

function routeVersions(app: Hono, { registry, realm, nowMs }: RestPoliciesDeps): void {
  app.post("/policies/:policy/version", async (context) => {
    const name = context.req.param("policy");
    const document = stringOf(await bodyOf(context), "policyDocument");
    const asDefault = queryFlag(context, "setAsDefault");
    parsePolicy(document);
    const row = await registry.change(() => {
      const policy = registry.policy(name);
      if (policy.versions.length >= limits.policyVersions.value)
        throw new AwsError(
          409,
          "VersionsLimitExceededException",
          `The policy ${name} already has ${policy.versions.length} versions.`,
        );
      const versionId = String(policy.nextVersion);
      const changed: NamedPolicy = {
        policyName: name,
        defaultVersionId: asDefault ? versionId : policy.defaultVersionId,
        nextVersion: policy.nextVersion + 1,
        versions: [...policy.versions, { versionId, document, createdAtMs: nowMs() }],
      };
      return { changes: [registry.policies.set(name, changed)], answer: changed };
    });
    const versionId = row.versions.at(-1)?.versionId ?? "";
    return context.json({
      policyArn: arnOf(realm, "policy", name),
      policyDocument: document,
      policyVersionId: versionId,
      isDefaultVersion: row.defaultVersionId === versionId,
    });
  });

  app.get("/policies/:policy/version", (context) => {
    const policy = registry.policy(context.req.param("policy"));
    return context.json({
      policyVersions: policy.versions.map(({ versionId, createdAtMs }) => ({
        versionId,
        isDefaultVersion: versionId === policy.defaultVersionId,
        createDate: createdAtMs / 1000,
      })),
    });
  });

  app.delete("/policies/:policy/version/:version", async (context) => {
    const { policy: name, version } = context.req.param();
    await registry.change(() => {
      const policy = registry.policy(name);
      versionOf(policy, version);
      if (policy.defaultVersionId === version)
        throw deleteConflict("Cannot delete the default version of a policy.");
      const versions = policy.versions.filter(({ versionId }) => versionId !== version);
      return {
        changes: [registry.policies.set(name, { ...policy, versions })],
        answer: undefined,
      };
    });
    return context.json({});
  });
}

function routeAttachments(app: Hono, { registry, realm }: RestPoliciesDeps): void {
  app.put("/target-policies/:policy", async (context) => {
    const name = context.req.param("policy");
    const id = targetOf(stringOf(await bodyOf(context), "target"));
    await registry.change(() => {
      registry.policy(name);
      const certificate = registry.certificate(id);
      const policies = [...new Set([...certificate.policies, name])];
      if (policies.length > limits.policiesPerPrincipal.value)
        throw new AwsError(410, "LimitExceededException", "too many policies on one certificate");
      return withPolicies(registry, certificate, policies);
    });
    return context.json({});
  });

  app.post("/target-policies/:policy", async (context) => {
    const name = context.req.param("policy");
    const id = targetOf(stringOf(await bodyOf(context), "target"));
    await registry.change(() => {
      registry.policy(name);
      const certificate = registry.certificate(id);
      const policies = certificate.policies.filter((one) => one !== name);
      return withPolicies(registry, certificate, policies);
    });
    return context.json({});
  });

  app.post("/attached-policies/:target", (context) => {
    const { policies } = registry.certificate(targetOf(context.req.param("target")));
    return context.json({
      policies: policies.map((policyName) => ({
        policyName,
        policyArn: arnOf(realm, "policy", policyName),
      })),
    });
  });

  app.post("/policy-targets/:policy", (context) => {
    const { policyName } = registry.policy(context.req.param("policy"));
    const targets = attachedTo(registry, policyName).map(({ certificateId }) =>
      arnOf(realm, "cert", certificateId),
    );
    return context.json({ targets });
  });
}

function withPolicies(
  registry: Registry,
  certificate: Certificate,
  policies: readonly string[],
): { changes: ReturnType<Registry["certificates"]["set"]>[]; answer: undefined } {
  const { certificateId } = certificate;
  return {
    changes: [registry.certificates.set(certificateId, { ...certificate, policies })],
    answer: undefined,
  };
}

function attachedTo(registry: Registry, policyName: string): Certificate[] {
  return [...registry.certificates.rows.values()].filter(({ policies }) =>
    policies.includes(policyName),
  );
}

function versionOf(policy: NamedPolicy, versionId: string): PolicyVersion {
  const version = policy.versions.find((one) => one.versionId === versionId);
  if (!version)
    throw new AwsError(404, "ResourceNotFoundException", `no version ${versionId} of this policy`);
  return version;
}

function targetOf(arn: string): string {
  const id = certificateIdOfArn(arn);
  if (id === undefined) throw invalidRequest("the target is not the ARN of a certificate");
  return id;
}

function deleteConflict(message: string): AwsError {
  return new AwsError(409, "DeleteConflictException", message);
}
