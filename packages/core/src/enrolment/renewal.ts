/**
 * A box that has a valid certificate gets its next one, and the one before is revoked once the box uses the next.
 *
 * INVARIANTS
 * - A message counts only by the certificate of the connection it came on, which the gateway names: the one in force, or the next.
 * - The one in force is revoked only after a message came by the next one.
 * - At most two certificates of a device are in force; what a crash left over goes with the next renewal, or with the device.
 * - The same CSR gets the same certificate for as long as that is the next one.
 */
import { createHash, X509Certificate } from "node:crypto";
import {
  certificateLeaf,
  CertificateMessage,
  type CertificateAnswer,
  type CertificateLife,
} from "@sightline/contracts/certificate";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { deviceOfThing } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import { topics } from "@sightline/contracts/topics";
import type { DeviceIdentity } from "../device/device.ts";
import { ignored, taken, type DeviceMessage, type Intake } from "../intake/device-message.ts";
import type { EnrolDeps } from "../ports/deps.ts";
import type { DeviceCertificate } from "../ports/gateway.ts";

export type RenewalDeps = Pick<
  EnrolDeps,
  "installation" | "store" | "gateway" | "registry" | "clock"
>;

/** A device and what it holds, as the table says. */
interface Holder {
  readonly organization: string;
  readonly id: string;
  readonly thing: string;
  readonly identity: DeviceIdentity;
}

/** By our clock, whatever the certificate says of before; no longer than we promise to renew in. */
export function lifeOf(certificatePem: string, issuedAtMs: number): CertificateLife {
  const endsAtMs = Date.parse(new X509Certificate(certificatePem).validTo);
  return { issuedAtMs, expiresAtMs: Math.min(endsAtMs, issuedAtMs + limits.certificateLifeMs) };
}

/** Takes in what came on `evt/…/certificate`. Throws only what is worth another delivery. */
export async function takeCertificateMessage(
  deps: RenewalDeps,
  message: DeviceMessage,
): Promise<Intake> {
  const said = CertificateMessage.safeParse(message);
  if (!said.success) return ignored("not a word on a certificate");
  const holder = await holderOf(deps, message.topic);
  if (!holder) return ignored("unknown device");
  const { principal } = message;
  const { certificateId, renewal } = holder.identity;
  if (principal !== certificateId && (!principal || principal !== renewal?.certificateId))
    return ignored("not by a certificate in force");
  const current = await finishRetirement(
    deps,
    principal === certificateId ? holder : await putInForce(deps, holder, renewal!.certificateId!),
  );
  if (said.data.csr === undefined) return taken;
  try {
    return await renew(deps, current, said.data.csr);
  } catch (error) {
    // The box would be told no better by another delivery.
    if (isDomainError(error, "enrolment.csr-invalid")) return ignored("not a valid CSR");
    throw error;
  }
}

async function holderOf(deps: RenewalDeps, topic: string): Promise<Holder | undefined> {
  const parsed = topics.parse(topic);
  if (parsed?.family !== "evt" || parsed.leaf !== certificateLeaf) return undefined;
  const id = deviceOfThing(deps.installation, parsed.thing);
  const organization = id && (await deps.store.devices.organizationOf(id));
  if (!id || !organization) return undefined;
  const device = await deps.store.devices.get(organization, id);
  return device?.identity && { organization, id, thing: parsed.thing, identity: device.identity };
}

/** @throws DomainError device.conflict when somebody else changed it: the next delivery reads it again. */
async function change(deps: RenewalDeps, holder: Holder, after: DeviceIdentity): Promise<Holder> {
  const { organization, id, identity: before } = holder;
  if (!(await deps.store.devices.changeIdentity(organization, id, { before, after })))
    throw new DomainError("device.conflict", "the device's identity was changed meanwhile");
  return { ...holder, identity: after };
}

/** The next certificate is the one in force from now on. */
function putInForce(deps: RenewalDeps, holder: Holder, certificateId: string): Promise<Holder> {
  const { renewal, certificateId: retiring, certificateLife: _, ...rest } = holder.identity;
  const life = renewal?.certificateLife;
  return change(deps, holder, {
    ...rest,
    certificateId,
    ...(life && { certificateLife: life }),
    retiring,
  });
}

/** Recorded before it is done, so that a crash in between leaves it to the next delivery or the next message. */
async function finishRetirement(deps: RenewalDeps, holder: Holder): Promise<Holder> {
  const { retiring, ...rest } = holder.identity;
  if (retiring === undefined) return holder;
  await deps.registry.revokeCertificate(holder.thing, retiring);
  return change(deps, holder, rest);
}

async function renew(deps: RenewalDeps, holder: Holder, csr: string): Promise<Intake> {
  const csrHash = createHash("sha256").update(csr).digest("hex");
  const nowMs = deps.clock.nowMs();
  const { renewal } = holder.identity;
  if (renewal?.csrHash === csrHash) {
    const { certificateId, certificateLife: life, issuingUntilMs } = renewal;
    const certificatePem = certificateId && (await deps.registry.getCertificate(certificateId));
    if (certificatePem && life) return answer(deps, holder, { csrHash, certificatePem, life });
    // Two at once would make two certificates.
    if (issuingUntilMs > nowMs) return ignored("the same renewal is being carried out");
  }
  const issuingUntilMs = nowMs + limits.enrolmentIssuingMs;
  const claimed = await change(deps, holder, {
    ...holder.identity,
    renewal: { csrHash, issuingUntilMs },
  });
  // Made for another CSR, or by somebody who died before it was recorded. An enrolment that is being carried out has longer.
  if (renewal?.certificateId)
    await deps.registry.revokeCertificate(holder.thing, renewal.certificateId);
  await deps.registry.revokeStrays(holder.thing, {
    keep: holder.identity.certificateId,
    createdBeforeMs: nowMs - limits.enrolmentIssuingMs,
  });
  const signed = await deps.registry.addCertificate(holder.thing, csr);
  const life = lifeOf(signed.certificatePem, nowMs);
  await record(deps, claimed, { signed, life });
  return answer(deps, holder, { csrHash, certificatePem: signed.certificatePem, life });
}

async function record(
  deps: RenewalDeps,
  claimed: Holder,
  { signed, life }: { readonly signed: DeviceCertificate; readonly life: CertificateLife },
): Promise<void> {
  const { renewal } = claimed.identity;
  const { certificateId } = signed;
  try {
    await change(deps, claimed, {
      ...claimed.identity,
      renewal: { ...renewal!, certificateId, certificateLife: life },
    });
  } catch (error) {
    // Deleted or enrolled anew meanwhile: nobody may use it.
    if (isDomainError(error, "device.conflict"))
      await deps.registry.revokeCertificate(claimed.thing, certificateId);
    throw error;
  }
}

async function answer(
  deps: RenewalDeps,
  { thing }: Holder,
  given: { csrHash: string; certificatePem: string; life: CertificateLife },
): Promise<Intake> {
  const { csrHash, certificatePem, life: certificateLife } = given;
  const message: CertificateAnswer = { v: 1, csrHash, certificatePem, certificateLife };
  const topic = { family: "cmd", ...deps.installation, thing, leaf: certificateLeaf } as const;
  await deps.gateway.publish(topics.build(topic), message);
  return taken;
}
