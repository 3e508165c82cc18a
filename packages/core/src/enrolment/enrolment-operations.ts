import { createHash, timingSafeEqual } from "node:crypto";
import {
  enrolmentToken,
  type EnrolmentAnswer,
  type EnrolmentRequest,
} from "@sightline/contracts/enrolment";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { thingName } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import type { RecordAs } from "../ports/store.ts";
import { findDevice } from "../device/find.ts";
import type { Device, DeviceIdentity } from "../device/device.ts";
import type { Actor, Deps, EnrolDeps } from "../ports/deps.ts";
import type { DeviceCertificate } from "../ports/gateway.ts";
import { sealSource } from "../stream/source.ts";
import { syncAfterWrite } from "../sync/sync-device.ts";
import type { Enrolment } from "./enrolment.ts";
import { lifeOf } from "./renewal.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A one-time token for one device; also for a box that replaces an enrolled one. @throws DomainError device.not-found */
export async function createEnrolment(
  deps: Pick<Deps, "store" | "clock" | "ids">,
  actor: Actor,
  request: { readonly device: string; readonly caFingerprint: string },
): Promise<{ readonly token: string; readonly device: Device; readonly expiresAtMs: number }> {
  const device = await findDevice(deps, actor, request.device);
  const id = deps.ids.next("enrolment");
  const secret = deps.ids.secret();
  const nowMs = deps.clock.nowMs();
  const expiresAtMs = nowMs + limits.enrolmentTtlMs;
  await deps.store.enrolments.create({
    id,
    secretHash: sha256(secret),
    organization: actor.organization,
    device: device.id,
    state: "unused",
    createdAtMs: nowMs,
    expiresAtMs,
  });
  return { token: enrolmentToken.build(id, secret, request.caFingerprint), device, expiresAtMs };
}

/**
 * Turns a CSR into a certificate for the token's device. The same request repeated gives the same answer; the certificate that the
 * device had before is revoked.
 * @throws DomainError enrolment.invalid | enrolment.busy | enrolment.csr-invalid | gateway.unavailable
 */
export async function enrol(
  given: EnrolDeps,
  request: EnrolmentRequest,
  recordAs: RecordAs = () => given.store,
): Promise<EnrolmentAnswer> {
  const enrolment = await claim(given, request);
  if (enrolment.answer) return enrolment.answer;
  const { organization } = enrolment;
  const device = await given.store.devices.get(organization, enrolment.device);
  if (!device) throw refusal();
  const actor = { kind: "device", id: device.id, name: device.name } as const;
  const deps = { ...given, store: recordAs({ organization, actor }) };
  const thing = thingName(deps.installation, device.id);
  const certificate = await signRequest(deps, { enrolment, thing, csr: request.csr });
  const nowMs = deps.clock.nowMs();
  const certificateLife = lifeOf(certificate.certificatePem, nowMs);
  await keepIdentity(deps, device, {
    certificateId: certificate.certificateId,
    sealingKey: request.sealingKey,
    enrolledAtMs: nowMs,
    certificateLife,
  });
  await resealStreams(deps, { organization, device: device.id, sealingKey: request.sealingKey });
  const answer: EnrolmentAnswer = {
    ...deps.installation,
    organization,
    device: { id: device.id, name: device.name },
    thing,
    certificatePem: certificate.certificatePem,
    certificateLife,
    caPem: deps.endpoint.caPem,
    mqtt: { host: deps.endpoint.host, port: deps.endpoint.port },
  };
  await deps.store.enrolments.complete(enrolment.id, answer);
  return answer;
}

async function keepIdentity(
  deps: EnrolDeps,
  { organization, id }: Device,
  identity: DeviceIdentity,
): Promise<void> {
  try {
    await deps.store.devices.setIdentity(organization, id, identity);
  } catch (error) {
    if (!isDomainError(error, "device.not-found")) throw error;
    // Deleted meanwhile: who removes what a deleted device has may have been there before us.
    await deps.registry.removeThing(thingName(deps.installation, id));
    throw refusal();
  }
}

/** Only the registry can tell whether a CSR is one; when it is none, the token is good for another. */
async function signRequest(
  deps: EnrolDeps,
  { enrolment, thing, csr }: { enrolment: Enrolment; thing: string; csr: string },
): Promise<DeviceCertificate> {
  try {
    return await deps.registry.enrolThing(thing, csr);
  } catch (error) {
    if (isDomainError(error, "enrolment.csr-invalid"))
      await deps.store.enrolments.release(enrolment.id, sha256(csr));
    throw error;
  }
}

const refusal = (): DomainError =>
  new DomainError("enrolment.invalid", "the enrolment token is unknown, used or expired", {
    hint: "create a new one: POST /v1/devices/{device}/enrolments",
  });

/** One answer for every way a token can be wrong: a stranger learns nothing from the difference. */
async function claim(deps: EnrolDeps, request: EnrolmentRequest): Promise<Enrolment> {
  const token = enrolmentToken.parse(request.token);
  const stored = token && (await deps.store.enrolments.get(token.id));
  if (!token || !stored) throw refusal();
  const given = Buffer.from(sha256(token.secret));
  if (!timingSafeEqual(given, Buffer.from(stored.secretHash))) throw refusal();
  if (stored.expiresAtMs <= deps.clock.nowMs()) throw refusal();
  const claimed = await deps.store.enrolments.claim(stored.id, {
    csrHash: sha256(request.csr),
    untilMs: deps.clock.nowMs() + limits.enrolmentIssuingMs,
  });
  if (!claimed) throw refusal();
  // Twice at once would revoke each other's certificate.
  if (claimed.kind === "busy")
    throw new DomainError("enrolment.busy", "the same enrolment is being carried out", {
      details: { retryAfterS: Math.ceil(limits.enrolmentIssuingMs / 1000) },
      hint: "try again a little later: the answer will be the same",
    });
  return claimed.enrolment;
}

const tries = 5;

/** Camera credentials of streams placed here before, for the key of the box that is here now. */
async function resealStreams(
  deps: EnrolDeps,
  target: { organization: string; device: string; sealingKey: string },
): Promise<void> {
  const { organization, device, sealingKey } = target;
  for (const { stream: id } of await deps.store.streams.assignments(device))
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const stream = await deps.store.streams.get(organization, id);
      if (!stream || stream.placement.device !== device) break;
      const source = await sealSource(deps, stream.source, { streamId: id, sealingKey });
      if (source === stream.source) break;
      const desiredAtMs = deps.clock.nowMs();
      const revision = stream.revision + 1;
      const desiredBy = "enrolment";
      if (await deps.store.streams.change({ ...stream, source, revision, desiredAtMs, desiredBy }))
        break;
    }
  await syncAfterWrite(deps, { organization, device });
}
