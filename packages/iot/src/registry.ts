/** The Registry port on AWS IoT's control plane. Every step can be repeated: a crash between two is a normal day. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeleteThingCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  InvalidRequestException,
  ListThingPrincipalsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  UpdateCertificateCommand,
  type IoTClient,
} from "@aws-sdk/client-iot";
import { DomainError } from "@sightline/contracts/errors";
import type { Gateway, Registry } from "@sightline/core/ports/gateway";

interface RegistryDeps {
  readonly client: IoTClient;
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
    throw unavailable(cause);
  }
}

export function createRegistry(deps: RegistryDeps): Registry {
  const { client, policyName } = deps;

  async function principals(thingName: string): Promise<readonly string[]> {
    const answer = await idempotent(client.send(new ListThingPrincipalsCommand({ thingName })));
    return answer?.principals ?? [];
  }

  /** Ends its connections first, then takes it apart. */
  async function revoke(thingName: string, principal: string): Promise<void> {
    const certificateId = principal.slice(principal.lastIndexOf("/") + 1);
    const revoked = { certificateId, newStatus: "REVOKED" } as const;
    await idempotent(client.send(new UpdateCertificateCommand(revoked)));
    await idempotent(client.send(new DetachPolicyCommand({ policyName, target: principal })));
    await idempotent(client.send(new DetachThingPrincipalCommand({ thingName, principal })));
    await idempotent(
      client.send(new DeleteCertificateCommand({ certificateId, forceDelete: true })),
    );
  }

  return {
    async enrolThing(thingName, certificateSigningRequest) {
      await idempotent(client.send(new CreateThingCommand({ thingName })));
      const earlier = await principals(thingName);
      const signed = await sign(client, certificateSigningRequest);
      const principal = signed.certificateArn;
      await idempotent(client.send(new AttachPolicyCommand({ policyName, target: principal })));
      await idempotent(client.send(new AttachThingPrincipalCommand({ thingName, principal })));
      for (const old of earlier) if (old !== principal) await revoke(thingName, old);
      return signed;
    },

    async removeThing(thingName) {
      for (const principal of await principals(thingName)) await revoke(thingName, principal);
      for (const shadow of await deps.gateway.listShadows(thingName))
        await deps.gateway.deleteShadow(thingName, shadow);
      await idempotent(client.send(new DeleteThingCommand({ thingName })));
    },
  };
}

async function sign(
  client: IoTClient,
  certificateSigningRequest: string,
): Promise<{ certificateId: string; certificateArn: string; certificatePem: string }> {
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
