/** The Registry port on AWS IoT's control plane. Every step can be repeated: a crash between two is a normal day. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeleteThingCommand,
  DescribeCertificateCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  InvalidRequestException,
  ListThingPrincipalsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  UpdateCertificateCommand,
  type CertificateDescription,
  type IoTClient,
} from "@aws-sdk/client-iot";
import {
  DeleteConnectionCommand,
  ResourceNotFoundException as NotConnected,
  type IoTDataPlaneClient,
} from "@aws-sdk/client-iot-data-plane";
import { DomainError } from "@sightline/contracts/errors";
import type { DeviceCertificate, Gateway, Registry } from "@sightline/core/ports/gateway";

interface RegistryDeps {
  readonly client: IoTClient;
  readonly plane: IoTDataPlaneClient;
  readonly gateway: Pick<Gateway, "listShadows" | "deleteShadow">;
  /** What certificates of devices may do; made by infra, or by the composition on one machine. */
  readonly policyName: string;
}

const unavailable = (cause: unknown): DomainError =>
  new DomainError("gateway.unavailable", "the device registry does not answer", { cause });

/** Undefined for "already so": created before, or gone already. */
async function idempotent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof ResourceAlreadyExistsException) return undefined;
    if (cause instanceof ResourceNotFoundException) return undefined;
    if (cause instanceof NotConnected) return undefined;
    throw unavailable(cause);
  }
}

export function createRegistry(deps: RegistryDeps): Registry {
  const { client, policyName } = deps;

  async function principals(thingName: string): Promise<readonly string[]> {
    const answer = await idempotent(client.send(new ListThingPrincipalsCommand({ thingName })));
    return answer?.principals ?? [];
  }

  /** First nobody can use it any more, then it is taken apart. */
  async function revoke(thingName: string, principal: string): Promise<void> {
    const certificateId = idOf(principal);
    const revoked = { certificateId, newStatus: "REVOKED" } as const;
    await idempotent(client.send(new UpdateCertificateCommand(revoked)));
    await idempotent(client.send(new DetachPolicyCommand({ policyName, target: principal })));
    await idempotent(client.send(new DetachThingPrincipalCommand({ thingName, principal })));
    await idempotent(
      client.send(new DeleteCertificateCommand({ certificateId, forceDelete: true })),
    );
  }

  /** AWS itself ends the connections of a revoked certificate minutes later. */
  async function disconnect(clientId: string): Promise<void> {
    await idempotent(deps.plane.send(new DeleteConnectionCommand({ clientId })));
  }

  async function add(thingName: string, csr: string): Promise<DeviceCertificate> {
    const signed = await sign(client, csr);
    const principal = signed.certificateArn;
    await idempotent(client.send(new AttachPolicyCommand({ policyName, target: principal })));
    await idempotent(client.send(new AttachThingPrincipalCommand({ thingName, principal })));
    return signed;
  }

  async function describe(certificateId: string): Promise<CertificateDescription | undefined> {
    const command = new DescribeCertificateCommand({ certificateId });
    return (await idempotent(client.send(command)))?.certificateDescription;
  }

  return {
    async enrolThing(thingName, csr) {
      await idempotent(client.send(new CreateThingCommand({ thingName })));
      const earlier = await principals(thingName);
      const signed = await add(thingName, csr);
      for (const old of earlier) if (old !== signed.certificateArn) await revoke(thingName, old);
      if (earlier.length > 0) await disconnect(thingName);
      return signed;
    },

    addCertificate: add,

    async getCertificate(certificateId) {
      const found = await describe(certificateId);
      return found?.status === "ACTIVE" ? found.certificatePem : undefined;
    },

    async revokeCertificate(thingName, certificateId) {
      for (const principal of await principals(thingName))
        if (idOf(principal) === certificateId) await revoke(thingName, principal);
    },

    async revokeStrays(thingName, { keep, createdBeforeMs }) {
      for (const principal of await principals(thingName)) {
        if (idOf(principal) === keep) continue;
        const createdAtMs = (await describe(idOf(principal)))?.creationDate?.getTime() ?? 0;
        if (createdAtMs < createdBeforeMs) await revoke(thingName, principal);
      }
    },

    async removeThing(thingName) {
      for (const principal of await principals(thingName)) await revoke(thingName, principal);
      await disconnect(thingName);
      for (const shadow of await deps.gateway.listShadows(thingName))
        await deps.gateway.deleteShadow(thingName, shadow);
      await idempotent(client.send(new DeleteThingCommand({ thingName })));
    },
  };
}

/** The end of a certificate's ARN. */
const idOf = (principal: string): string => principal.slice(principal.lastIndexOf("/") + 1);

async function sign(
  client: IoTClient,
  certificateSigningRequest: string,
): Promise<DeviceCertificate> {
  try {
    const command = new CreateCertificateFromCsrCommand({
      certificateSigningRequest,
      setAsActive: true,
    });
    const { certificateId, certificateArn, certificatePem } = await client.send(command);
    if (!certificateId || !certificateArn || !certificatePem) throw new TypeError("empty answer");
    return { certificateId, certificateArn, certificatePem };
  } catch (cause) {
    if (cause instanceof InvalidRequestException)
      throw new DomainError("enrolment.csr-invalid", "the CSR is not valid", { cause });
    throw unavailable(cause);
  }
}
