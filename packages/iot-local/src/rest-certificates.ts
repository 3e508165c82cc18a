/** Certificates of devices. [AWS IoT API reference] */
import type { Hono } from "hono";
import { arnOf, type Realm } from "./arn.ts";
import { AwsError, invalidRequest } from "./aws-error.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { Certificate, CertificateStatus, Registry } from "./registry.ts";
import { bodyOf, queryFlag, stringOf } from "./rest-request.ts";

export interface RestCertificatesDeps {
  readonly registry: Registry;
  readonly realm: Realm;
  readonly authority: CertificateAuthority;
  readonly certificateLifeMs: number;
  readonly nowMs: () => number;
  /** Called when a certificate stops being ACTIVE. */
  readonly onInactive: (certificateId: string) => void;
}

const statuses: readonly string[] = ["ACTIVE", "INACTIVE", "REVOKED"];

export function routeCertificates(app: Hono, deps: RestCertificatesDeps): void {
  const { registry, realm } = deps;

  app.post("/certificates", async (context) => {
    const csr = stringOf(await bodyOf(context), "certificateSigningRequest");
    const issued = await deps.authority.issueDevice(csr, deps.certificateLifeMs);
    const { certificateId, certificatePem } = issued;
    const row: Certificate = {
      ...issued,
      status: queryFlag(context, "setAsActive") ? "ACTIVE" : "INACTIVE",
      createdAtMs: deps.nowMs(),
      changedAtMs: deps.nowMs(),
      policies: [],
      things: [],
    };
    await registry.change(() => ({
      changes: [registry.certificates.set(certificateId, row)],
      answer: undefined,
    }));
    const certificateArn = arnOf(realm, "cert", certificateId);
    return context.json({ certificateArn, certificateId, certificatePem });
  });

  app.get("/certificates/:id", (context) => {
    const certificate = registry.certificate(context.req.param("id"));
    return context.json({ certificateDescription: describe(certificate, realm) });
  });

  app.put("/certificates/:id", async (context) => {
    const id = context.req.param("id");
    const status = context.req.query("newStatus") ?? "";
    if (!statuses.includes(status)) throw invalidRequest(`not a certificate status: ${status}`);
    await registry.change(() => {
      const certificate = { ...registry.certificate(id), changedAtMs: deps.nowMs() };
      const row = { ...certificate, status: status as CertificateStatus };
      return { changes: [registry.certificates.set(id, row)], answer: undefined };
    });
    if (status !== "ACTIVE") deps.onInactive(id);
    return context.json({});
  });

  app.delete("/certificates/:id", async (context) => {
    const id = context.req.param("id");
    const force = queryFlag(context, "forceDelete");
    await registry.change(() => {
      checkDeletable(registry.certificate(id), force);
      return { changes: [registry.certificates.delete(id)], answer: undefined };
    });
    return context.json({});
  });
}

/** As AWS: never while ACTIVE or attached to a thing; while policies are attached only by force. */
function checkDeletable({ status, things, policies }: Certificate, force: boolean): void {
  if (status === "ACTIVE")
    throw new AwsError(
      406,
      "CertificateStateException",
      "Certificate must be deactivated before deletion.",
    );
  if (things.length > 0 || (policies.length > 0 && !force))
    throw new AwsError(
      409,
      "DeleteConflictException",
      "Things and policies must be detached before deletion.",
    );
}

function describe(certificate: Certificate, realm: Realm): object {
  const { certificateId, certificatePem, status } = certificate;
  return {
    certificateArn: arnOf(realm, "cert", certificateId),
    certificateId,
    certificatePem,
    status,
    certificateMode: "DEFAULT",
    ownedBy: realm.accountId,
    creationDate: certificate.createdAtMs / 1000,
    lastModifiedDate: certificate.changedAtMs / 1000,
    validity: {
      notBefore: certificate.notBeforeMs / 1000,
      notAfter: certificate.notAfterMs / 1000,
    },
  };
}
